import { EXIT } from '../../core/system/index.js';
import type { Command } from '../command.js';
import { startProgram } from '../programs.js';

export const tapCommand: Command = {
  name: 'tap',
  summary: 'run an MCP server, with a backup before every call that writes',
  arguments: '[--project PATH] [--on-failure continue|block] -- <command> [args…]',
  description: 'Run an MCP server, with a backup before every tool call that writes.',
  exitCodes: 'that of the server',
  options: {
    'on-failure': {
      type: 'string',
      value: 'ACTION',
      description: 'continue or block, if the backup fails (default: as configured)',
    },
  },
  hasNoResult: true,
  selectors: { minArguments: 0, maxArguments: 0 },
  examples: [
    ['feature-backups tap -- python -m mcp_server.feature_mcp', 'for the project in PROJECT_DIR'],
    ['feature-backups tap --project ~/shop --on-failure block -- npx some-server', 'no write without a backup'],
  ],
  run: () => Promise.resolve(EXIT.usage),
  runUnparsed: (args) => startProgram('tap.cjs', args),
};
