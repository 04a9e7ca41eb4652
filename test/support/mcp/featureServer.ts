// A stand-in for AutoForge's feature server: the same twelve writing and seven reading tools on a real SQLite database in
// WAL mode, behind the official SDK. Python's sqlite3 does what its SQLAlchemy does: a transaction for each write.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import {
  CallToolRequestSchema,
  ListToolsRequestSchema,
  SetLevelRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { FEATURE_DATABASE } from './featureDatabase.js';
import { FEATURE_TOOLS } from './featureTools.js';

const python = spawn('python3', ['-I', '-S', '-u', '-c', FEATURE_DATABASE, process.env.PROJECT_DIR ?? '.'], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const waiting: ((line: string) => void)[] = [];
createInterface({ input: python.stdout }).on('line', (line) => waiting.shift()?.(line));

const { server } = new McpServer(
  { name: 'features', version: '1.0.0' },
  { capabilities: { tools: {}, ...(process.env.WITH_LOGGING === '1' && { logging: {} }) } },
);
if (process.env.WITH_LOGGING === '1') server.setRequestHandler(SetLevelRequestSchema, () => ({}));
server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [...FEATURE_TOOLS] }));
server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
  const answer = new Promise<string>((resolve) => waiting.push(resolve));
  python.stdin.write(`${JSON.stringify({ tool: params.name, args: params.arguments ?? {} })}\n`);
  const result: unknown = JSON.parse(await answer);
  return { content: [{ type: 'text', text: JSON.stringify(result, null, 2) }] };
});
await server.connect(new StdioServerTransport());

process.stdin.once('end', () => python.stdin.end());
python.once('exit', () => process.exit(0));
if (process.env.IGNORES_EVERYTHING === '1') {
  process.stdin.removeAllListeners('end');
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  setInterval(() => undefined, 1000);
}
