import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { beforeSqlEngineCompiles } from '../core/database/index.js';
import { tieCommits, backUpBeforeCommit, type CommitBackup } from '../core/git/index.js';
import { type Ports, realPorts, visible } from '../core/system/index.js';
import { startFollowUp } from '../core/followUp/index.js';
import { preferQuickStart } from '../launch/quickStart.js';
import { describeCommitBackups } from './commitMessages.js';

// What gitHook.sh runs: a bundle of its own, so that a commit loads nothing of the command line.
//   git-hook.cjs pre-commit|pre-merge-commit      in the work tree
//   git-hook.cjs settle <folder of the hooks in git's>

/** For the launcher: then nearly all that runs need has been compiled. */
export { hasLoadedSqlEngine } from '../core/database/index.js';

/** The programs lie side by side. Known before anything runs: a bundle would find it undefined, and start nothing. */
const COMMAND_LINE = join(import.meta.dirname, 'feature-backups.cjs');

beforeSqlEngineCompiles(preferQuickStart);
void main(process.argv[2], process.argv[3]).then((status) => {
  process.exitCode = status;
});

/** gitHook.sh stops the commit on this status alone, so that a crash never does. */
const STRICT_STOP = 79;

async function main(hook: string | undefined, folder: string | undefined): Promise<number> {
  const ports: Ports = { ...realPorts(), onWarning: (warning) => say(`warning: ${warning}`) };
  if (hook === 'settle' && folder !== undefined) {
    await tieCommits(folder, ports);
    return 0;
  }
  const backups = await backUpBeforeCommit(process.cwd(), ports, startFollowUp(COMMAND_LINE));
  if (backups.every(({ result }) => result.status === 'unchanged')) return 0;
  for (const line of describeCommitBackups(backups, process.cwd())) say(line);
  return backups.some(stopsTheCommit) ? STRICT_STOP : 0;
}

function stopsTheCommit({ strict, result }: CommitBackup): boolean {
  return strict && (result.status === 'damaged' || result.status === 'failed');
}

/** Plain writes: Node's streams take longer to load than an unchanged database to look at. A path may hold anything. */
function say(line: string): void {
  try {
    writeSync(2, `feature-backups: ${visible(line)}\n`);
  } catch {
    // Nobody listens; the commit matters more.
  }
}
