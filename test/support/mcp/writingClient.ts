// A client in its own process: marks one feature after another as passing, and records each acknowledgement in a file,
// synced to disk, before the next call. Arguments: the file, the number of writes, and the server's command.
import { appendFileSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const [acknowledged = '', writes = '0', command = '', ...args] = process.argv.slice(2);
const client = new Client({ name: 'writer', version: '1' });
const env = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
);
await client.connect(new StdioClientTransport({ command, args, env }));
for (let id = 1; id <= Number(writes); id++) {
  const result = await client.callTool({ name: 'feature_mark_passing', arguments: { feature_id: id } });
  if (result.isError !== true) appendFileSync(acknowledged, `${id}\n`, { flush: true });
}
await client.close();
process.exit(0);
