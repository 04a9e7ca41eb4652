// Runs one restore in its own process, which may be killed, or use another Node than the tests:
//   node restoreDriver <RestoreRequest as JSON>; prints a RestoreResult as JSON.
import { readCatalog } from '../../core/store/openStore.js';
import { restoreBackup } from '../../core/restore/restoreBackup.js';
import { restoreFeatures } from '../../core/restore/restoreFeatures.js';
import { restoreSalvaged } from '../../core/restore/salvage.js';
import type { RestoreOptions, RestoreOutcome } from '../../core/restore/restorePlan.js';
import { undoRestore } from '../../core/restore/undo.js';
import { selectBackup } from '../../core/store/selectBackup.js';
import { BackupError } from '../../core/system/errors.js';
import { realPorts, type Ports } from '../../core/system/ports.js';
import { findProject } from '../../core/project/findProject.js';
import type { Project } from '../../core/project/project.js';
import { stoppingFiles, type Stop } from './stoppingFiles.js';
import { withoutNodeSqlite } from './withoutNodeSqlite.js';

export interface RestoreRequest extends RestoreOptions {
  readonly root: string;
  /** `undo`: the last restore; otherwise a selector. */
  readonly backup: string;
  readonly features?: readonly number[];
  readonly salvage?: boolean;
  readonly stop?: Stop;
  /** As on a Node without node:sqlite, where only a swap is possible. */
  readonly withoutNodeSqlite?: boolean;
}

export type RestoreResult = {
  /** The file system changes, in order. */
  readonly calls: readonly string[];
} & (
  | { readonly outcome: RestoreOutcome }
  | { readonly error: { readonly code: string; readonly message: string; readonly hint: string | undefined } }
);

export async function runRestore(request: RestoreRequest): Promise<RestoreResult> {
  const { files, calls } = stoppingFiles(request.stop);
  const ports: Ports = { ...realPorts(), files };
  const run = async (): Promise<RestoreOutcome> =>
    await restore(await findProject(request.root, realPorts()), request, ports);
  try {
    return { outcome: await (request.withoutNodeSqlite === true ? withoutNodeSqlite(run) : run()), calls };
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return { error: { code: error.code, message: error.message, hint: error.hint }, calls };
  }
}

async function restore(project: Project, request: RestoreRequest, ports: Ports): Promise<RestoreOutcome> {
  if (request.backup === 'undo') return await undoRestore(project, request, ports);
  const backup = selectBackup(readCatalog(project, ports), request.backup);
  if (request.features) return await restoreFeatures(project, backup, request.features, request, ports);
  if (request.salvage === true) return await restoreSalvaged(project, backup, request, ports);
  return await restoreBackup(project, backup, request, ports);
}

const [, program = '', argument] = process.argv;
if (/restoreDriver\.[cm]?[jt]s$/.test(program) && argument !== undefined) {
  const result = await runRestore(JSON.parse(argument) as RestoreRequest);
  // Salvaged rows contain SQLite's integers as bigints.
  console.log(JSON.stringify(result, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)));
}
