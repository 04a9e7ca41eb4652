import { constants } from 'node:fs';
import { dirname, join } from 'node:path';
import { openTarget, readStoreKey } from '../replication/index.js';
import { TEMPORARY_PREFIX } from '../store/index.js';
import type { Project, ReplicationTarget } from '../project/index.js';
import {
  asBackupError,
  BackupError,
  kindAt,
  uniqueToken,
  userStateFolder,
  userVaultFolder,
  withStoreLock,
  writeNewFile,
  type Ports,
} from '../system/index.js';
import { ok, problem, sentence, type DoctorCheck, type DoctorLink } from './check.js';

/** Writes a file into the store under its lock, as a backup does, and removes it. */
export async function checkStorage(project: Project, ports: Ports): Promise<readonly DoctorCheck[]> {
  const { storePath } = project;
  const failed = await attempt('store', '', async () => {
    if (kindAt(storePath, ports) === 'nothing') checkParent(storePath, ports);
    else await withStoreLock(storePath, ports, () => writeAndRemove(storePath, ports), LOCK);
  });
  return [
    failed ?? ok('store', '', `${storePath} can be written.`),
    await checkState(ports),
    ...(await checkVault(project, ports)),
    ...(await checkTargets(project, ports)),
  ];
}

/** A running backup takes far less. */
const LOCK = { timeoutMs: 5000 };

async function checkState(ports: Ports): Promise<DoctorCheck> {
  let folder = '';
  const failed = await attempt('state', '', () => {
    folder = userStateFolder(ports.environment);
    writeInto(folder, ports);
  });
  return failed ?? ok('state', '', `${folder} can be written.`);
}

async function checkVault({ configuration }: Project, ports: Ports): Promise<readonly DoctorCheck[]> {
  const folder = userVaultFolder(ports.environment);
  if (!configuration.vault || folder === undefined) {
    const description = configuration.vault
      ? 'Without a home folder, no copies are kept outside the project.'
      : 'The vault is turned off by your configuration.';
    return [{ link: 'vault', subject: '', state: 'information', description, advice: '' }];
  }
  const failed = await attempt('vault', '', () => writeInto(folder, ports));
  return [failed ?? ok('vault', '', `${folder} can be written.`)];
}

async function checkTargets(project: Project, ports: Ports): Promise<readonly DoctorCheck[]> {
  const checks: DoctorCheck[] = [];
  for (const target of project.configuration.targets) {
    const failed = await attempt('target', target.name, async () => await writeToTarget(target, project, ports));
    const place = target.folder ?? target.rclone ?? '';
    checks.push(failed ?? ok('target', target.name, `${target.name} (${place}) can be written, read and cleaned up.`));
  }
  return checks;
}

/** Through the target's own interface: in the project's folder there, or beside it before the first sync. */
async function writeToTarget(target: ReplicationTarget, project: Project, ports: Ports): Promise<void> {
  const key = kindAt(project.storePath, ports) === 'folder' ? readStoreKey(project, ports) : undefined;
  const folder = openTarget(target, undefined, ports).folder(key ?? '');
  const name = `feature-backups-doctor-${uniqueToken()}`;
  await folder.put([{ name, content: CONTENT }]);
  await folder.remove([name]);
}

/** A folder that does not exist yet is created with its first file, which `doctor` does not anticipate. */
function writeInto(folder: string, ports: Ports): void {
  const kind = kindAt(folder, ports);
  if (kind === 'nothing') checkParent(folder, ports);
  else if (kind === 'folder') writeAndRemove(folder, ports);
  else throw notAFolder(folder);
}

function notAFolder(path: string): BackupError {
  return new BackupError(`${path} is not a folder`, {
    code: 'io',
    operation: 'write a file',
    path,
    hint: 'Move it away; the next backup creates the folder.',
  });
}

function checkParent(path: string, ports: Ports): void {
  const parent = dirname(path);
  if (parent !== path && kindAt(parent, ports) === 'nothing') {
    checkParent(parent, ports);
    return;
  }
  if (kindAt(parent, ports) !== 'folder') throw notAFolder(parent);
  try {
    ports.files.accessSync(parent, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw asBackupError(error, 'create the folder', path);
  }
}

const CONTENT = Buffer.from('Written by feature-backups doctor; it can be deleted.\n');

/** A leftover has the name of a temporary file, so the next backup deletes it. */
function writeAndRemove(folder: string, { files }: Ports): void {
  const path = join(folder, `${TEMPORARY_PREFIX}doctor-${uniqueToken()}`);
  try {
    writeNewFile(path, CONTENT, files);
    files.unlinkSync(path);
  } catch (error) {
    throw asBackupError(error, 'write a file', folder);
  }
}

async function attempt(link: DoctorLink, subject: string, work: () => unknown): Promise<DoctorCheck | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    const { message, path, hint } = error;
    const description = path === undefined || message.includes(path) ? message : `${message} (${path})`;
    return problem(link, subject, { description: sentence(description), advice: hint });
  }
}
