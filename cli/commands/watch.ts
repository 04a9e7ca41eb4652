import { EXIT } from '../../core/system/index.js';
import type { Command } from '../command.js';
import { startProgram } from '../programs.js';

/** As many projects as anybody may name. */
const MOST_PROJECTS = 10_000;

export const watchCommand: Command = {
  name: 'watch',
  summary: 'back up every change of one or all projects, and run what is scheduled, until it is stopped',
  arguments: '[projects…]',
  description:
    'Watches the projects that are named, else all that are known: AutoForge’s registry, the configured folders, the\n' +
    'workspaces open in an editor. One watcher a user; a second one ends with exit code 6. "feature-backups service\n' +
    'install" has it run whenever you are logged in. --json prints one JSON document a line.',
  options: {
    once: {
      type: 'boolean',
      description: 'look at everything once, and end; the exit code is that of the worst trouble',
    },
    'quiet-time': { type: 'string', value: 'SECONDS', description: 'back up after so long without a write (3)' },
    'longest-wait': { type: 'string', value: 'SECONDS', description: 'while writes go on, back up so often (30)' },
    'look-every': {
      type: 'string',
      value: 'SECONDS',
      description: 'look at every project, whether or not the system tells of a change (60)',
    },
  },
  selectors: { least: 0, most: MOST_PROJECTS },
  examples: [
    ['feature-backups watch', 'all projects that are known'],
    ['feature-backups watch ~/shop-front ~/api', 'these two'],
    ['feature-backups watch --once', 'for cron: one look at everything'],
  ],
  run: () => Promise.resolve(EXIT.usage),
  runAsIs: (args) => startProgram('watch.cjs', args),
};
