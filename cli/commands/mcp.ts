import { EXIT } from '../../core/system/index.js';
import type { Command } from '../command.js';
import { startProgram } from '../programs.js';

export const mcpCommand: Command = {
  name: 'mcp',
  summary: 'serve the backups to an agent over MCP: to look at and to add to, not to restore',
  arguments: '[--project PATH]',
  description: 'Speaks MCP on standard input and output. Tools: status, list, compare, verify, and create a backup.',
  options: {},
  selectors: { least: 0, most: 0 },
  examples: [['claude mcp add backups -- feature-backups mcp', 'for Claude Code, in the project’s folder']],
  run: () => Promise.resolve(EXIT.usage),
  runAsIs: (args) => startProgram('mcp-server.cjs', args),
};
