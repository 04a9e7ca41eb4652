import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { beforeSqlEngineCompiles } from '../core/database/index.js';
import { linkCommits, backUpBeforeCommit, findProjectsOfCommit, type CommitBackup } from '../core/git/index.js';
import { answerProbe, isProbe } from '../core/project/index.js';
import { realPorts, visible, type Ports } from '../core/system/index.js';
import { startFollowUp } from '../core/followUp/index.js';
import { preferQuickStart } from '../launch/quickStart.js';
import { describeCommitBackups } from './commitMessages.js';

// Run by gitHook.sh. A separate bundle, because commits wait for it:
//   git-hook.cjs pre-commit|pre-merge-commit      in the work tree
//   git-hook.cjs settle <our folder in the git folder>

/** Read by the launcher: whether this run has compiled nearly everything that later runs need. */
export { hasLoadedSqlEngine } from '../core/database/index.js';

/** The bundles are in one folder. Must be defined before main() is called. */
const COMMAND_LINE = join(import.meta.dirname, 'feature-backups.cjs');

beforeSqlEngineCompiles(preferQuickStart);
void main(process.argv[2], process.argv[3]).then((status) => {
  process.exitCode = status;
});

/** gitHook.sh stops the commit only on this status; a crash never stops it. */
const ABORT_COMMIT_STATUS = 79;

async function main(hook: string | undefined, folder: string | undefined): Promise<number> {
  const ports: Ports = {
    ...realPorts(),
    onWarning: (warning) => writeError(`warning: ${warning}`),
    onNotice: (notice) => writeError(`${notice}.`),
  };
  if (hook === 'settle' && folder !== undefined) {
    await linkCommits(folder, ports);
    return 0;
  }
  if (isProbe(ports)) {
    await findProjectsOfCommit(process.cwd(), ports).then(
      (projects) => answerProbe(projects, []),
      (error: unknown) => answerProbe([], [error]),
    );
    return 0;
  }
  const backups = await backUpBeforeCommit(process.cwd(), ports, startFollowUp(COMMAND_LINE));
  if (backups.every(({ result }) => result.status === 'unchanged')) return 0;
  for (const line of describeCommitBackups(backups, process.cwd())) writeError(line);
  return backups.some(abortsCommit) ? ABORT_COMMIT_STATUS : 0;
}

function abortsCommit({ strict, result }: CommitBackup): boolean {
  return strict && (result.status === 'damaged' || result.status === 'failed');
}

/** A synchronous write: loading Node's streams takes longer than checking an unchanged database. */
function writeError(line: string): void {
  try {
    writeSync(2, `feature-backups: ${visible(line)}\n`);
  } catch {
    // Standard error is closed; the commit continues.
  }
}
