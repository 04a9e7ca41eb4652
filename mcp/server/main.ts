import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { watchParent } from '../parentWatch.js';
import { callTool } from './callTool.js';
import { TOOLS } from './tools.js';

/** Defined by the bundler. */
declare const __FEATURE_BACKUPS_VERSION__: string;

/** Serves backups to agents, which may read and create them, but not restore, prune or delete. */
export async function run(argv: readonly string[]): Promise<void> {
  const at = argv.indexOf('--project');
  const project = at === -1 ? argv.find((argument) => !argument.startsWith('-')) : argv[at + 1];
  const { server } = new McpServer(
    { name: 'feature-backups', version: __FEATURE_BACKUPS_VERSION__ },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [...TOOLS] }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }) =>
    callTool(params.name, params.arguments ?? {}, project),
  );
  await server.connect(new StdioServerTransport());
  // The SDK's transport does not report that the client has closed its end.
  process.stdin.once('end', () => process.exit(0));
  // The input does not end if another process has the client's pipe open.
  watchParent(() => process.exit(0));
}

const INSTRUCTIONS =
  'Backups of the feature database that agents write. Inspect them, and create one before a risky change. ' +
  'Only the user restores, prunes or deletes backups: never change the database or its backups by other means.';
