import { join } from 'node:path';
import {
  asBackupError,
  isNotFound,
  parseJson,
  readFolder,
  readSmallFile,
  asRecord,
  systemOf,
  stringsIn,
  type FileSystem,
  type Ports,
} from '../../system/index.js';
import type { Project } from '../../project/index.js';
import { parseBackupName, parseIsoTime, checkStore, LISTED_BACKUP_BYTES, ReadingBudget } from '../../store/index.js';
import { notePath, quarantinePath } from './quarantineFiles.js';
import type { QuarantinedBackup } from './quarantinedBackup.js';

/** The quarantined backups, sorted by name. Ignores links and anything else that is not a regular file. */
export function listQuarantine(project: Project, ports: Ports): readonly QuarantinedBackup[] {
  const { files } = ports;
  const budget = new ReadingBudget(quarantinePath(project.storePath), {}, systemOf(ports));
  const listed = quarantinedNames(project, ports).flatMap((fileName) => {
    const name = parseBackupName(fileName);
    const path = join(quarantinePath(project.storePath), fileName);
    const stats = files.lstatSync(path, { throwIfNoEntry: false });
    if (name === undefined || stats?.isFile() !== true) return [];
    return [
      { id: name.id, path, sizeBytes: stats.size, ...readNote(notePath(project.storePath, name.id), files, budget) },
    ];
  });
  return listed.sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** The file names of the quarantined backups. Far faster than `listQuarantine`. */
export function quarantinedNames(project: Project, ports: Ports): readonly string[] {
  const { files } = ports;
  const folder = quarantinePath(project.storePath);
  try {
    if (checkStore(project, ports) === 'missing') return [];
    if (files.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
    return readFolder(folder, files, ({ name }) => parseBackupName(name) !== undefined);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw asBackupError(error, 'read the quarantine', folder);
  }
}

const MAX_NOTE_BYTES = 64 * 1024;

function readNote(path: string, files: FileSystem, budget: ReadingBudget): Pick<QuarantinedBackup, 'at' | 'problems'> {
  try {
    budget.spend(LISTED_BACKUP_BYTES);
    const text = readSmallFile(path, MAX_NOTE_BYTES, files)?.toString('utf8');
    budget.spend(text?.length ?? 0);
    const { at, problems } = asRecord(parseJson(text));
    return { at: typeof at === 'string' ? parseIsoTime(at) : undefined, problems: stringsIn(problems) };
  } catch {
    // The backup is listed without its reason.
    return UNKNOWN;
  }
}

const UNKNOWN = { at: undefined, problems: [] } as const;
