import { BackupError, EXIT } from '../../core/system/index.js';
import type { Command } from '../command.js';
import { startProgram } from '../programs.js';

export const hookCommand: Command = {
  name: 'hook',
  summary: 'back up before a tool call; run by Claude Code',
  arguments: 'claude [--project PATH] [--strict]',
  description:
    'Read a Claude Code event from standard input; back up before a tool call or after a session, or report lost features before a session.',
  exitCodes: '0; if strict, 2 for an event that a response cannot deny, such as an unreadable one',
  options: {
    strict: {
      type: 'boolean',
      description: 'block the tool if the backup fails or it would delete or overwrite the store',
    },
  },
  hasNoResult: true,
  selectors: { minArguments: 0, maxArguments: 0 },
  examples: [['feature-backups hook claude < event.json', 'as run by Claude Code']],
  run: () => Promise.resolve(EXIT.usage),
  async runUnparsed([agent, ...args]) {
    if (agent === 'claude') return await startProgram('agent-hook.cjs', args);
    throw new BackupError(agent === undefined ? 'No agent given' : `Unknown agent: ${agent}`, {
      code: 'usage',
      operation: 'read the command line',
      hint: 'Usage: feature-backups hook claude',
    });
  },
};
