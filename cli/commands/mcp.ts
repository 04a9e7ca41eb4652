import { EXIT } from '../../core/system/index.js';
import type { Command } from '../command.js';
import { startProgram } from '../programs.js';

export const mcpCommand: Command = {
  name: 'mcp',
  summary: 'serve backups to agents over MCP, without restore or delete',
  arguments: '[--project PATH]',
  description: 'Serve backups to agents over MCP: status, list, compare, verify and create, but not restore or delete.',
  options: {},
  hasNoResult: true,
  selectors: { minArguments: 0, maxArguments: 0 },
  examples: [['claude mcp add backups -- feature-backups mcp', 'for Claude Code, in the project folder']],
  run: () => Promise.resolve(EXIT.usage),
  runUnparsed: (args) => startProgram('mcp-server.cjs', args),
};
