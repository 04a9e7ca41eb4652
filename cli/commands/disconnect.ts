import { planDisconnection } from '../../core/agents/index.js';
import { CONSENT_OPTIONS, type Command } from '../command.js';
import { carryOut, findAgentProject, parseKind, parseScope } from './connect.js';

export const disconnectCommand: Command = {
  name: 'disconnect',
  summary: 'remove the Claude Code hook or the tap',
  arguments: 'claude|mcp',
  description: 'Remove the Claude Code hook or the tap and restore the settings, keeping later edits.',
  subjects: ['claude', 'mcp'],
  selectors: { minArguments: 1, maxArguments: 1 },
  options: {
    ...CONSENT_OPTIONS,
    scope: {
      type: 'string',
      value: 'SCOPE',
      description: 'with claude: only from the project, local or user settings',
    },
  },
  examples: [['feature-backups disconnect claude', 'remove the hook after confirmation']],
  async run(invocation, console) {
    const kind = parseKind(disconnectCommand, invocation);
    const scope = parseScope(disconnectCommand, invocation);
    const project = await findAgentProject(invocation, console);
    return await carryOut(planDisconnection(kind, project, console.ports, { scope }), invocation, console);
  },
};
