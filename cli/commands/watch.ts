import { EXIT } from '../../core/system/index.js';
import type { Command } from '../command.js';
import { startProgram } from '../programs.js';

/** Effectively no limit. */
const MAX_PROJECTS = 10_000;

export const watchCommand: Command = {
  name: 'watch',
  summary: 'back up every change, and run scheduled jobs',
  arguments: '[projects…]',
  description: 'Back up every change and run scheduled jobs until stopped, for all known projects or the named ones.',
  output: 'With --json, one JSON document per line.',
  exitCodes: '6 another watcher is running; with --once, the code of the worst problem',
  options: {
    once: {
      type: 'boolean',
      description: 'check every project once, then exit',
    },
    'quiet-time': {
      type: 'string',
      value: 'SECONDS',
      description: 'back up after this long without a write (default: 3)',
    },
    'longest-wait': {
      type: 'string',
      value: 'SECONDS',
      description: 'back up this often while writes continue (default: 30)',
    },
    'look-every': {
      type: 'string',
      value: 'SECONDS',
      description: 'check every project this often, even without file events (default: 60)',
    },
  },
  selectors: { minArguments: 0, maxArguments: MAX_PROJECTS },
  examples: [
    ['feature-backups watch', 'every known project'],
    ['feature-backups watch ~/shop-front ~/api', 'these two'],
    ['feature-backups watch --once', 'one pass, for cron'],
  ],
  run: () => Promise.resolve(EXIT.usage),
  runUnparsed: (args) => startProgram('watch.cjs', args),
};
