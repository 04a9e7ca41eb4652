import { listHistory } from '../../history/index.js';
import { asBackupError, BackupError, type Ports } from '../../system/index.js';
import type { Project } from '../../project/index.js';
import { readCatalog, recordJobResult } from '../../store/index.js';
import { chooseBackups, chooseHistoryState, type ChosenBackup } from './chooseBackups.js';
import { drillBackup } from './drillBackup.js';
import { recordDrill } from './recordDrill.js';
import { type DrilledBackup, type DrillOptions, type DrillOutcome } from './drillOutcome.js';

/**
 * Restores backups in a drill: each into its own scratch folder, with the code of a real restore. Two independent
 * implementations of SQLite must then read the same features. Does not touch the live database, and writes to the store
 * only to record the result.
 *
 * A backup that fails counts as damaged. Problems of the environment (no space, a failing second reader) are reported
 * without effect on the backup. Without backups the drill passes. Throws `unsafe-store`, and `usage` if the named
 * backup is an emergency backup.
 */
export async function drill(project: Project, ports: Ports, options: DrillOptions = {}): Promise<DrillOutcome> {
  const chosen = chooseNamed(options) ?? chooseSeveral(project, options.random ?? Math.random, ports);
  const drilled: DrilledBackup[] = [];
  for (const [index, choice] of chosen.entries()) {
    const onStep = (step: string, isLong: boolean): void => {
      ports.onProgress?.(`drilling ${choice.backup.id}: ${step}`, index / chosen.length, isLong);
    };
    const result = await drillOne(project, choice, options, onStep, ports);
    if (result !== undefined) drilled.push(result);
  }
  const ok = drilled.every((backup) => backup.ok);
  // The result for one named backup does not replace the job's record.
  if (drilled.length === 0 || options.backup !== undefined) return { drilled, ok };
  return { drilled, ok, recordProblem: await recordRun(project, drilled, ports) };
}

function chooseNamed({ backup }: DrillOptions): readonly ChosenBackup[] | undefined {
  if (backup === undefined || backup.kind === 'ordinary') return backup && [{ backup, choice: 'named' }];
  throw new BackupError(`${backup.id} is an emergency backup, which may be damaged and cannot be drilled`, {
    code: 'usage',
    operation: 'drill the backup',
    path: backup.path,
    hint: 'Specify an ordinary backup, or omit it to drill several.',
  });
}

function chooseSeveral(project: Project, random: () => number, ports: Ports): readonly ChosenBackup[] {
  const { backups } = readCatalog(project, ports);
  return [...chooseBackups(backups, random), ...chooseHistoryState(listHistory(project, ports).states, random)];
}

/** Undefined if it was pruned meanwhile. */
async function drillOne(
  project: Project,
  { backup, choice }: ChosenBackup,
  options: DrillOptions,
  onStep: (step: string, isLong: boolean) => void,
  ports: Ports,
): Promise<DrilledBackup | undefined> {
  const findings = await drillBackup(backup, options, onStep, ports);
  if (findings === 'missing') return undefined;
  const { reader, problems, isInconclusive } = findings;
  const result = { backup, choice, ok: problems.length === 0, reader, problems };
  if (isInconclusive) return { ...result, isInconclusive };
  // A state of the history has no metadata file to record it in, and a copy in the vault is not changed.
  if (backup.history !== undefined || backup.isOnlyInVault) return result;
  try {
    return { ...result, backup: await recordDrill(project, backup, { ok: result.ok, reader }, ports) };
  } catch (error) {
    if (error instanceof BackupError && error.code === 'backup-not-found') return undefined;
    return { ...result, recordProblem: asBackupError(error, 'record the result of the drill', backup.path) };
  }
}

async function recordRun(
  project: Project,
  drilled: readonly DrilledBackup[],
  ports: Ports,
): Promise<BackupError | undefined> {
  const failed = drilled.find(({ ok }) => !ok);
  try {
    await recordJobResult(project, 'drill', failed && `${failed.backup.id}: ${failed.problems.join('; ')}`, ports);
    return undefined;
  } catch (error) {
    return asBackupError(error, 'record the drill', project.storePath);
  }
}
