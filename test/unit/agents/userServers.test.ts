import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { planConnection, planDisconnection } from '../../../core/agents/connect.js';
import { manualEditText } from '../../../core/agents/manualEditText.js';
import { launcherIn } from '../../../core/agents/programStart.js';
import { readConnections } from '../../../core/agents/readConnections.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { makeRepository } from '../../support/gitRepository.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('the servers that a user added to Claude Code', () => {
  const folder = useTemporaryFolder();
  let ports: Ports;
  const root = () => folder.join('shop');
  const project = () => ({ root: root(), storePath: folder.join('shop/.feature_backups') });
  const launcher = () => launcherIn('/opt/tools', '/opt/node', 'linux');
  const put = (name: string, value: unknown): string => {
    mkdirSync(dirname(folder.join(name)), { recursive: true });
    writeFileSync(folder.join(name), typeof value === 'string' ? value : JSON.stringify(value));
    return folder.join(name);
  };
  const FILE = 'home/.claude.json';
  const inProject = (servers: object, path = root()) => ({ projects: { [path]: { mcpServers: servers } } });
  const plan = (named?: string) => planConnection('mcp', project(), launcher(), ports, { server: named });
  const removal = () => planDisconnection('mcp', project(), ports);
  const foundServers = () => plan().manualEdits.map(({ keys, args }) => [keys.slice(0, -1), args]);
  const server = (more: object = {}) => ({ f: { command: 'python', args: ['-m', 'feature_mcp'], ...more } });
  const TAP = ['/opt/tools/launch.sh', '/opt/node', '/opt/tools/feature-backups.cjs', 'tap'];
  const DIRECT = ['python', '-m', 'feature_mcp'];

  beforeEach(() => {
    mkdirSync(root());
    ports = { ...realPorts(), environment: { HOME: folder.join('home'), PATH: process.env.PATH } };
  });

  it('are found for the project, and for all projects', () => {
    const path = put(FILE, { ...inProject(server()), mcpServers: server() });
    const text = readFileSync(path, 'utf8');
    assert.deepEqual(plan().edits, []);
    // The entry of a server for all projects cannot name one.
    assert.deepEqual(foundServers(), [
      [
        ['projects', root(), 'mcpServers'],
        [...TAP, '--project', root(), '--', ...DIRECT],
      ],
      [['mcpServers'], [...TAP, '--', ...DIRECT]],
    ]);
    assert.equal(readFileSync(path, 'utf8'), text);
  });

  it('are excluded if their entry names another project', () => {
    put(FILE, {
      ...inProject(server(), '/elsewhere'),
      mcpServers: { ...server({ env: { PROJECT_DIR: '/elsewhere' } }), g: { ...server().f, cwd: '/elsewhere' } },
    });
    assert.throws(plan, (error) => error instanceof BackupError && error.message.includes(folder.join(FILE)));
    put(FILE, {
      mcpServers: { ...server({ env: { PROJECT_DIR: root() } }), g: { ...server().f, cwd: folder.join('shop/sub') } },
    });
    assert.equal(foundServers().length, 2);
  });

  it('are found for the repository around the project', () => {
    makeRepository(folder.path);
    const place = ['projects', folder.path, 'mcpServers'];
    put(FILE, inProject(server(), folder.path));
    assert.deepEqual(foundServers(), [[place, [...TAP, '--', ...DIRECT]]]);
    put(FILE, inProject(server({ env: { PROJECT_DIR: folder.join('other') } }), folder.path));
    assert.throws(plan, (error) => error instanceof BackupError && error.code === 'configuration');
  });

  it('are found by name, and in the folder that CLAUDE_CONFIG_DIR names', () => {
    ports = { ...ports, environment: { ...ports.environment, CLAUDE_CONFIG_DIR: folder.join('other') } };
    put('other/.claude.json', inProject({ x: { command: 'my-server' } }));
    assert.deepEqual(
      plan('x').manualEdits.map(({ server, path }) => [server, path]),
      [['x', folder.join('other/.claude.json')]],
    );
  });

  it('are connected once the user has pasted the new command, and disconnected with the original one', () => {
    put(FILE, inProject(server()));
    assert.deepEqual(readConnections(root(), ports), []);
    const [edit] = plan().manualEdits;
    assert.ok(edit);
    const text = manualEditText(edit);
    assert.ok(text.includes(`The server "f" (projects > ${root()} > mcpServers in ${folder.join(FILE)})`), text);
    assert.ok(text.includes('rewrites that file'), text);
    const pasted = JSON.parse(`{${text.slice(text.indexOf('\n'))}}`) as object;
    assert.deepEqual(pasted, { command: edit.command, args: edit.args });
    const path = put(FILE, inProject({ f: { ...pasted, type: 'stdio' } }));
    assert.deepEqual(
      readConnections(root(), ports).map(({ kind, scope, path, server }) => [kind, scope, path, server]),
      [['mcp', 'local', path, 'f']],
    );
    assert.deepEqual([plan().manualEdits, plan().connectedFiles], [[], [path]]);
    const [back] = removal().manualEdits;
    assert.deepEqual([back?.command, ...(back?.args ?? [])], DIRECT);
  });

  for (const text of ['', '{', '[]', '{"projects": 5, "mcpServers": ["feature_mcp"]}']) {
    it(`are none in a file that contains ${JSON.stringify(text)}`, () => {
      put(FILE, text);
      assert.throws(plan, (error) => error instanceof BackupError && error.code === 'configuration');
      assert.deepEqual([removal().manualEdits, readConnections(root(), ports)], [[], []]);
    });
  }
});
