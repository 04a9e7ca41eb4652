import { EXIT } from '../../core/system/index.js';
import type { Command } from '../command.js';
import { startProgram } from '../programs.js';

export const tapCommand: Command = {
  name: 'tap',
  summary: 'start an MCP server, and back up before every tool call that writes',
  arguments: '[--project PATH] [--on-failure continue|block] -- <command> [args…]',
  description:
    'Stands between an MCP client and its server: everything passes byte for byte, and a call that writes waits until\n' +
    'the database is backed up. The exit code is the server’s; "feature-backups connect mcp" sets it up.',
  options: {
    'on-failure': {
      type: 'string',
      value: 'WHAT',
      description: 'continue: a call goes on without a backup, with a warning; block: it is answered with an error',
    },
  },
  selectors: { least: 0, most: 0 },
  examples: [
    ['feature-backups tap -- python -m mcp_server.feature_mcp', 'for the project in PROJECT_DIR'],
    ['feature-backups tap --project ~/shop --on-failure block -- npx some-server', 'no write without a backup'],
  ],
  run: () => Promise.resolve(EXIT.usage),
  runAsIs: (args) => startProgram('tap.cjs', args),
};
