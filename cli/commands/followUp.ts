import { openProject } from '../../core/engine.js';
import { runFollowUp, runVaultFollowUp } from '../../core/followUp/index.js';
import { EXIT, visibleLines, type ExitCode } from '../../core/system/index.js';
import type { Command } from '../command.js';
import type { Console } from '../console.js';

export const followUpCommand: Command = {
  name: 'follow-up',
  summary: 'sync and notify, as happens after every backup',
  arguments: '[project]',
  description: 'Sync backups and send notifications now, as happens in the background after every backup.',
  options: {
    vault: { type: 'boolean', description: 'only copy the new backups of all projects into the vault' },
  },
  selectors: { minArguments: 0, maxArguments: 0 },
  examples: [['feature-backups follow-up', 'sync and notify now']],
  async run({ project: named, options }, console) {
    if (options.has('vault')) return await followUpVault(console);
    const project = await openProject(named, { ports: console.ports, cwd: console.cwd });
    const done = await runFollowUp(project, console.ports);
    const problems = done?.problems ?? [];
    console.printJson({
      status: done === undefined ? 'running-already' : 'done',
      targets: (done?.targets ?? []).map(({ name, problem, copied }) => ({ name, ok: problem === undefined, copied })),
      problems,
    });
    for (const problem of problems) console.note(`feature-backups: ${visibleLines(problem)}\n`);
    return problems.length === 0 ? EXIT.done : EXIT.failed;
  },
};

async function followUpVault(console: Console): Promise<ExitCode> {
  const problems = await runVaultFollowUp(console.ports);
  console.printJson({ status: problems === undefined ? 'running-already' : 'done', problems: problems ?? [] });
  for (const problem of problems ?? []) console.note(`feature-backups: ${visibleLines(problem)}\n`);
  return (problems ?? []).length === 0 ? EXIT.done : EXIT.failed;
}
