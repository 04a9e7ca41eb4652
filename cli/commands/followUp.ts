import { openProject } from '../../core/engine.js';
import { runFollowUp } from '../../core/followUp/index.js';
import { EXIT, visibleLines } from '../../core/system/index.js';
import type { Command } from '../command.js';

export const followUpCommand: Command = {
  name: 'follow-up',
  summary: 'what follows every backup by itself: copies to the targets, notifications',
  arguments: '[project]',
  description:
    'Every backup starts this in the background where targets or notifications are configured; so there is no need to\n' +
    'run it. Where it is running already, that run takes on what is new, and this one ends at once.',
  options: {},
  selectors: { least: 0, most: 0 },
  examples: [['feature-backups follow-up', 'do it now, and see how it goes']],
  async run({ project: named }, console) {
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
