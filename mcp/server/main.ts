import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { callTool } from './callTool.js';
import { TOOLS } from './tools.js';

/** Put in by the bundler. */
declare const __FEATURE_BACKUPS_VERSION__: string;

/** Serves a project's backups to an agent: to look at, and to add to; not to restore, prune or delete. */
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
  // The client is gone when it closes its end; the SDK's transport does not say so.
  process.stdin.once('end', () => process.exit(0));
}

const INSTRUCTIONS =
  'Backups of the feature database that agents work on. Look at them here and make one before something risky. ' +
  'Only the user restores, prunes or deletes: never change the database or its backups by other means.';
