import { planDisconnection } from '../../core/agents/index.js';
import { CONSENT_OPTIONS, type Command } from '../command.js';
import { carryOut, kindIn, placeOf } from './connect.js';

export const disconnectCommand: Command = {
  name: 'disconnect',
  summary: 'take the agent’s hook, or the tap, out again',
  arguments: 'claude|mcp',
  description:
    'Shows the change, then asks; without a terminal it needs --yes. Settings that were not edited since are put back\n' +
    'exactly as they were; from others, only what connect added is removed. Backups stay.',
  subjects: ['claude', 'mcp'],
  selectors: { least: 1, most: 1 },
  options: CONSENT_OPTIONS,
  examples: [['feature-backups disconnect claude', 'the hook is gone; the backups stay']],
  async run(invocation, console) {
    const kind = kindIn(disconnectCommand, invocation);
    return await carryOut(
      planDisconnection(kind, await placeOf(invocation, console), console.ports),
      invocation,
      console,
    );
  },
};
