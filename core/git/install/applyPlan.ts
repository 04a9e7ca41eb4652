import { dirname } from 'node:path';
import { asBackupError, BackupError, isNotFound, systemErrorCode, type Ports } from '../../system/index.js';
import { hookFolder } from '../repository.js';
import { linkCommits } from '../linkCommits.js';
import { isSame, readState, writeState } from './fileState.js';
import { isAsidePath } from './hooksFolder.js';
import { writeRecord } from './record.js';
import { addUser, removeUser } from './sharedFolder.js';
import type { FileChange, FileMove, HookPlan } from './hookPlan.js';

/**
 * Applies a plan. Throws `configuration` before changing anything if a file has changed since the plan was made. Our
 * own files come first when installing and last when removing, so a hook never runs without its program.
 */
export function applyInstall(plan: HookPlan, ports: Ports): void {
  assertCurrent(plan, ports);
  // The record first, because uninstalling needs it to restore files exactly.
  if (plan.record !== undefined) writeRecord(plan.repository, plan.record, ports);
  for (const change of plan.ownChanges) writeState(change, ports);
  if (plan.sharedFolder !== undefined) addUser(plan.sharedFolder, plan.repository, ports);
  for (const move of plan.moves) moveFile(move, ports);
  for (const change of plan.changes) writeState(change, ports);
}

export async function applyUninstall(plan: HookPlan, ports: Ports): Promise<void> {
  assertCurrent(plan, ports);
  // Link the last commits before the hook folder is removed. A missing store must not prevent the removal.
  await linkCommits(hookFolder(plan.repository.commonFolder), ports).catch(() => undefined);
  for (const change of plan.changes) writeState(change, ports);
  for (const move of plan.moves) moveFile(move, ports);
  for (const { path } of plan.ownChanges) removeFile(path, ports);
  for (const folder of new Set(plan.emptyFolders)) removeEmptyFolder(folder, ports);
  if (plan.sharedFolder !== undefined) removeUser(plan.sharedFolder, plan.repository, ports);
  if (plan.record !== undefined) writeRecord(plan.repository, plan.record, ports);
}

function assertCurrent({ changes, moves }: HookPlan, ports: Ports): void {
  const moving = new Set(moves.flatMap(({ from, to }) => [from, to]));
  const changed = changes.find(({ path, before }) => !moving.has(path) && !isSame(readState(path, ports), before));
  const occupied = moves.find(({ to }) => !isAsidePath(to) && isOccupied(to, changes, ports));
  const path = changed?.path ?? occupied?.to;
  if (path === undefined) return;
  throw new BackupError(`${path} was changed in the meantime`, {
    code: 'configuration',
    operation: 'change the git hooks',
    path,
    hint: 'Nothing changed. Run the command again and review the new preview.',
  });
}

/** Whether a file exists at a path that the plan does not remove. */
function isOccupied(path: string, changes: readonly FileChange[], ports: Ports): boolean {
  if (changes.some((change) => change.path === path && change.after === null)) return false;
  return ports.files.lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function moveFile({ from, to }: FileMove, ports: Ports): void {
  try {
    ports.files.mkdirSync(dirname(to), { recursive: true });
    ports.files.renameSync(from, to);
  } catch (error) {
    throw asBackupError(error, 'move a hook', from);
  }
}

function removeFile(path: string, ports: Ports): void {
  try {
    ports.files.unlinkSync(path);
  } catch (error) {
    if (!isNotFound(error)) throw asBackupError(error, 'remove a file of the git hooks', path);
  }
}

const NOT_EMPTY = new Set(['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR']);

function removeEmptyFolder(folder: string, ports: Ports): void {
  try {
    ports.files.rmdirSync(folder);
  } catch (error) {
    if (!NOT_EMPTY.has(systemErrorCode(error) ?? '')) throw asBackupError(error, 'remove an empty folder', folder);
  }
}
