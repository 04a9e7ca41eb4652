import { planDisconnection } from '../../core/agents/index.js';
import { CONSENT_OPTIONS, type Command } from '../command.js';
import { carryOut, parseKind, findAgentProject } from './connect.js';

export const disconnectCommand: Command = {
  name: 'disconnect',
  summary: 'remove the Claude Code hook or the tap',
  arguments: 'claude|mcp',
  description: 'Remove the Claude Code hook or the tap and restore the settings, keeping later edits.',
  subjects: ['claude', 'mcp'],
  selectors: { minArguments: 1, maxArguments: 1 },
  options: CONSENT_OPTIONS,
  examples: [['feature-backups disconnect claude', 'remove the hook after confirmation']],
  async run(invocation, console) {
    const kind = parseKind(disconnectCommand, invocation);
    return await carryOut(
      planDisconnection(kind, await findAgentProject(invocation, console), console.ports),
      invocation,
      console,
    );
  },
};
