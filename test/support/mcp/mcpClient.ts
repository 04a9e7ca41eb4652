import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { LoggingMessageNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterEach } from 'mocha';
import type { ServerCommand } from './servers.js';

export interface ConnectedClient {
  readonly client: Client;
  readonly pid: number;
  /** The received log messages. */
  readonly logged: readonly string[];
  readonly stderr: () => string;
  /** Calls a tool. Returns the text of its result, and whether it is an error. */
  readonly call: (
    name: string,
    args?: Record<string, unknown>,
  ) => Promise<{ readonly text: string; readonly isError: boolean }>;
}

const open = new Set<Client>();

// A failing test must not leave a server running, which would keep mocha from ending.
afterEach('close the clients', async () => {
  await Promise.all([...open].map((client) => client.close()));
  open.clear();
});

/** The official client, connected to a server that is started here. */
export async function connectClient(
  { command, args }: ServerCommand,
  env: Readonly<Record<string, string>>,
): Promise<ConnectedClient> {
  const { PATH = '', FEATURE_BACKUPS_STATE = '', FEATURE_BACKUPS_VAULT = '' } = process.env;
  const transport = new StdioClientTransport({
    command,
    args: [...args],
    env: { PATH, FEATURE_BACKUPS_STATE, FEATURE_BACKUPS_VAULT, ...env },
    stderr: 'pipe',
  });
  let stderr = '';
  transport.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const client = new Client({ name: 'test', version: '1' });
  const logged: string[] = [];
  client.setNotificationHandler(
    LoggingMessageNotificationSchema,
    ({ params }) => void logged.push(String(params.data)),
  );
  open.add(client);
  await client.connect(transport);
  return {
    client,
    pid: transport.pid ?? 0,
    logged,
    stderr: () => stderr,
    call: async (name, callArgs = {}) => {
      const result = await client.callTool({ name, arguments: callArgs });
      const [first] = result.content as readonly { readonly type: string; readonly text?: string }[];
      return { text: first?.text ?? '', isError: result.isError === true };
    },
  };
}
