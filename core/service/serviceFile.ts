import { dirname } from 'node:path';
import {
  asBackupError,
  BackupError,
  isNotFound,
  replaceFile,
  readSmallFile,
  uniqueToken,
  type Ports,
} from '../system/index.js';
import { withMark, fileState } from './mark.js';
import type { ServiceFileState, ServiceSetUp } from './serviceSpec.js';

/** A service file has a few kilobytes. */
const MAX_FILE_BYTES = 256 * 1024;

export function serviceFileState({ path, content }: ServiceSetUp, ports: Ports): ServiceFileState {
  try {
    if (ports.files.lstatSync(path, { throwIfNoEntry: false }) === undefined) return 'absent';
    // Feature Backups never writes a link, a folder or a huge file here.
    const existing = readSmallFile(path, MAX_FILE_BYTES, ports.files);
    return existing === undefined ? 'foreign' : fileState(existing, content);
  } catch (error) {
    throw asBackupError(error, 'read the service file', path);
  }
}

/** The exact content of the file. */
export function serviceFileContent({ content }: ServiceSetUp): Buffer {
  return withMark(content);
}

/** Throws `confirmation-needed` if a foreign or edited file would be lost, unless forced. */
export function writeServiceFile(setUp: ServiceSetUp, force: boolean, ports: Ports): void {
  const { path } = setUp;
  refuseForeignFile(path, serviceFileState(setUp, ports), force, 'write the service file');
  try {
    ports.files.mkdirSync(dirname(path), { recursive: true });
    replaceFile(path, `${path}.${uniqueToken()}`, serviceFileContent(setUp), ports.files);
  } catch (error) {
    throw asBackupError(error, 'write the service file', path);
  }
}

/** Throws `confirmation-needed` like `writeServiceFile`. */
export function removeServiceFile(setUp: ServiceSetUp, force: boolean, ports: Ports): void {
  const { path } = setUp;
  assertOwnServiceFile(setUp, force, ports);
  try {
    ports.files.unlinkSync(path);
  } catch (error) {
    if (!isNotFound(error)) throw asBackupError(error, 'remove the service file', path);
  }
}

export function assertOwnServiceFile(setUp: ServiceSetUp, force: boolean, ports: Ports): void {
  refuseForeignFile(setUp.path, serviceFileState(setUp, ports), force, 'remove the service file');
}

function refuseForeignFile(path: string, state: ServiceFileState, force: boolean, operation: string): void {
  if (force || (state !== 'changed' && state !== 'foreign')) return;
  const what = state === 'changed' ? 'was edited by hand' : 'was not written by Feature Backups';
  throw new BackupError(`${path} ${what}; nothing was changed`, {
    code: 'confirmation-needed',
    operation,
    path,
    hint: 'Save what you need from it, then use --force.',
  });
}
