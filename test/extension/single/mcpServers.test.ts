import assert from 'node:assert/strict';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { activeExtension, onlyProject } from '../support/extension.js';

describe('the MCP server that the editor’s agents get', () => {
  it('starts as offered, shows the backups of this project, and offers no restore', async () => {
    const api = await activeExtension();
    const [definition, ...others] = api.mcpServers.provideMcpServerDefinitions();
    assert.ok(definition);
    assert.deepEqual(others, []);
    const { command, args, env } = definition;
    const environment = Object.entries(env).map(([name, value]) => [name, String(value)]);
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(
      new StdioClientTransport({ command, args, env: Object.fromEntries(environment) as Record<string, string> }),
    );
    try {
      const { tools } = await client.listTools();
      const names = tools.map(({ name }) => name);
      assert.ok(names.includes('create_backup'), names.join());
      assert.deepEqual(
        names.filter((name) => /restore|delete/.test(name)),
        [],
      );
      const status = await client.callTool({ name: 'backup_status', arguments: {} });
      assert.ok(JSON.stringify(status).includes(onlyProject(api).root));
    } finally {
      await client.close();
    }
  });
});
