import { findEditedHooks, linesBeforeCommit, type InstalledHooks } from '../git/index.js';
import type { Ports } from '../system/index.js';
import { ok, problem, withFullStop, type DoctorCheck } from './check.js';
import {
  nodeInWords,
  nodeOf,
  reachedBy,
  reachedInWords,
  runProbe,
  type ProbedProject,
  type ProbeResult,
} from './runProbe.js';

const AGAIN = 'Run feature-backups install git.';

/** Runs the installed lines of the hook that git runs before a commit, and no line of the user. */
export async function checkGitHooks(hooks: InstalledHooks, probed: ProbedProject, ports: Ports): Promise<DoctorCheck> {
  const { repository } = hooks;
  const { workTree } = repository;
  const edited = await findEditedHooks(hooks, ports);
  if (edited.length > 0) return problem('git', '', editedCommands(edited));
  const lines = linesBeforeCommit(repository, ports);
  const result = await runProbe({ program: 'sh', args: ['-c', lines, 'pre-commit'], folder: workTree }, ports);
  const { answer } = result;
  if (answer === undefined) return problem('git', '', noAnswer(result, ports));
  const node = nodeOf(answer);
  const reached = reachedBy(answer, probed, ports);
  if (reached === 'nothing') {
    return problem('git', '', {
      description: `The git hook in ${workTree} ${withFullStop(reachedInWords(answer))}`,
      advice: `Run feature-backups install git --project ${probed.project.root}.`,
      node,
    });
  }
  const works = reached === 'project' ? 'backs up the project' : 'runs the installed hook';
  return ok('git', '', `A commit in ${workTree} ${works} with ${nodeInWords(answer)}.`, node);
}

function editedCommands(paths: readonly string[]) {
  const description = `The commands of Feature Backups in ${paths.join(', ')} were edited or removed.`;
  return { description, advice: AGAIN, repair: 'git' as const };
}

function noAnswer({ errors }: ProbeResult, { environment }: Ports) {
  const off = ['FEATURE_BACKUPS', 'HUSKY'].find((name) => environment[name] === '0');
  if (off !== undefined) {
    const description = `The git hooks do nothing, because ${off}=0 is set in this environment.`;
    return { description, advice: `Remove the variable ${off}.` };
  }
  const reason = errors === '' ? 'it ended without a message' : errors.replace(/^feature-backups: /, '');
  const description = withFullStop(`The git hook made no backup: ${reason}`);
  if (reason.includes('Node.js')) return { description, advice: 'Install Node.js 20.19 or later.' };
  return { description, advice: AGAIN, repair: 'git' as const };
}
