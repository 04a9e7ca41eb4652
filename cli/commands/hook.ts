import { BackupError, EXIT } from '../../core/system/index.js';
import type { Command } from '../command.js';
import { startProgram } from '../programs.js';

export const hookCommand: Command = {
  name: 'hook',
  summary: 'what an agent’s hook runs: a backup before the tool that it is about to use',
  arguments: 'claude [--project PATH] [--strict]',
  description:
    'Reads a PreToolUse event of Claude Code on standard input. Silent, and the exit code is 0, so that it never answers\n' +
    'for the user. "feature-backups connect claude" sets it up.',
  options: {
    strict: { type: 'boolean', description: 'without a backup, exit 2 with the reason: the tool is not run' },
  },
  selectors: { least: 0, most: 0 },
  examples: [['feature-backups hook claude < event.json', 'what Claude Code does']],
  run: () => Promise.resolve(EXIT.usage),
  async runAsIs([agent, ...args]) {
    if (agent === 'claude') return await startProgram('agent-hook.cjs', args);
    throw new BackupError(agent === undefined ? 'Name the agent' : `There is no hook for ${agent}`, {
      code: 'usage',
      operation: 'read the command line',
      hint: 'Usage: feature-backups hook claude',
    });
  },
};
