import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { applyConnectionPlan, planConnection, planDisconnection } from '../../../core/agents/connect.js';
import { readConnections } from '../../../core/agents/readConnections.js';
import type { ConnectionKind } from '../../../core/agents/connection.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const launcher = {
  node: '/opt/node/bin/node',
  script: '/opt/tools/feature-backups.cjs',
  launchScript: '/opt/tools/launch.sh',
};
const HOOK_COMMAND =
  '"/bin/sh" "/opt/tools/launch.sh" "/opt/node/bin/node" "/opt/tools/feature-backups.cjs" hook claude';
const TAP = [launcher.launchScript, launcher.node, launcher.script, 'tap'];
const COMMENT = /\/\/ \w+|\/\* \w+ \*\//g;

describe('connecting an agent', () => {
  const folder = useTemporaryFolder();
  let ports: Ports;
  beforeEach(() => {
    // Keeps the developer's own settings out of the tests.
    ports = { ...realPorts(), environment: { HOME: folder.join('home'), PATH: process.env.PATH } };
  });
  const place = () => ({ root: folder.path, storePath: folder.join('.feature_backups') });
  const put = (name: string, text: string): string => {
    mkdirSync(dirname(folder.join(name)), { recursive: true });
    writeFileSync(folder.join(name), text);
    return folder.join(name);
  };
  /** The programs in the settings do not exist. */
  const connectedTo = (path: string) => ({
    kind: 'claude',
    scope: 'project',
    path,
    server: undefined,
    obstacle: missing(path, launcher.launchScript),
  });
  const connect = (kind: ConnectionKind, server?: string) => {
    const plan = planConnection(kind, place(), launcher, ports, { server });
    applyConnectionPlan(plan, ports);
    return plan;
  };
  const disconnect = (kind: ConnectionKind) => {
    const plan = planDisconnection(kind, place(), ports);
    applyConnectionPlan(plan, ports);
    return plan;
  };

  const settings: Record<string, string> = {
    'an empty object': '{}',
    'an empty file': '',
    'white space': '\n',
    'comments, tabs and CRLF':
      '// mine\r\n{\r\n\t"model": "x", // why\r\n\t"permissions": { "allow": ["Bash(ls:*)"] },\r\n\t/* last */\r\n}\r\n',
    'hooks of other kinds': '{\n    "hooks": {"Stop": [{"hooks": []}]},\n    "z": 1\n}\n',
    'other hooks before tools':
      '{"hooks":{"PreToolUse":[{"matcher":"Bash","hooks":[{"type":"command","command":"lint"}]}]}}',
    'comments around other hooks':
      '{\n  "hooks": {\n    "PreToolUse": [ // list\n      /* before */ { "matcher": "Bash", "hooks": [] }, // behind\n      // end\n    ],\n  },\n}\n',
    'an empty list of hooks': '{\n  "hooks": {\n    "PreToolUse": [\n    ]\n  }\n}\n',
    'a byte order mark': '\ufeff{ "a": 1 }\n',
    'no newline at the end': '{\n  "a": 1\n}',
  };
  for (const [what, text] of Object.entries(settings)) {
    it(`adds the hook to settings with ${what}, and removes it without a trace`, () => {
      const path = put('.claude/settings.json', text);
      connect('claude');
      assert.deepEqual(readConnections(folder.path, ports), [connectedTo(path)]);
      assert.match(readFileSync(path, 'utf8'), /hook claude/);
      for (const comment of text.match(COMMENT) ?? []) {
        assert.ok(readFileSync(path, 'utf8').includes(comment), comment);
      }
      disconnect('claude');
      assert.equal(readFileSync(path, 'utf8'), text);
    });

    it(`removes only the hook from edited settings with ${what}`, () => {
      const path = put('.claude/settings.json', text);
      connect('claude');
      writeFileSync(path, readFileSync(path, 'utf8').replace('{', '{ "added": true,'));
      disconnect('claude');
      const after = readFileSync(path, 'utf8');
      assert.match(after, /"added": true/);
      for (const comment of text.match(COMMENT) ?? []) assert.ok(after.includes(comment), comment);
      assert.doesNotMatch(after, /feature-backups/);
      assert.deepEqual(readConnections(folder.path, ports), []);
    });
  }

  it('creates missing settings, and removes them with their folder', () => {
    connect('claude');
    const value: unknown = JSON.parse(readFileSync(folder.join('.claude/settings.json'), 'utf8'));
    assert.deepEqual(value, {
      hooks: {
        PreToolUse: [
          {
            matcher: 'mcp__.*|Bash|Monitor|PowerShell|Write|Edit|MultiEdit|NotebookEdit',
            hooks: [
              {
                type: 'command',
                command: HOOK_COMMAND,
                timeout: 30,
              },
            ],
          },
        ],
        SessionStart: [{ hooks: [{ type: 'command', command: HOOK_COMMAND, timeout: 10 }] }],
        SessionEnd: [{ hooks: [{ type: 'command', command: HOOK_COMMAND, timeout: 30 }] }],
      },
    });
    disconnect('claude');
    assert.equal(existsSync(folder.join('.claude')), false);
  });

  it('updates the hook of earlier versions, which named the project and matched fewer tools', () => {
    const hook = (command: string) => ({ type: 'command', command, timeout: 30 });
    const old = hook('"/usr/bin/node" "/opt/feature-backups.cjs" hook claude --project "/old/place"');
    const added = { matcher: 'Bash', hooks: [{ ...old, timeout: 60 }] };
    const path = put(
      '.claude/settings.json',
      JSON.stringify({
        hooks: { PreToolUse: [{ matcher: 'mcp__.*|Bash', hooks: [old] }], PreSkillShellCommand: [added] },
      }),
    );
    connect('claude');
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), {
      hooks: {
        PreToolUse: [
          { matcher: 'mcp__.*|Bash|Monitor|PowerShell|Write|Edit|MultiEdit|NotebookEdit', hooks: [hook(HOOK_COMMAND)] },
        ],
        PreSkillShellCommand: [{ matcher: 'Bash', hooks: [{ ...hook(HOOK_COMMAND), timeout: 60 }] }],
        SessionStart: [{ hooks: [{ ...hook(HOOK_COMMAND), timeout: 10 }] }],
        SessionEnd: [{ hooks: [hook(HOOK_COMMAND)] }],
      },
    });
    assert.deepEqual(planConnection('claude', place(), launcher, ports).edits, []);
    disconnect('claude');
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), {});
  });

  it('adds the hook for tools if it is connected to another event only', () => {
    const own = { matcher: 'Bash', hooks: [{ type: 'command', command: 'node /x/feature-backups.cjs hook claude' }] };
    const path = put('.claude/settings.json', JSON.stringify({ hooks: { PreSkillShellCommand: [own] } }));
    assert.deepEqual(readConnections(folder.path, ports), []);
    connect('claude');
    assert.deepEqual(readConnections(folder.path, ports), [connectedTo(path)]);
  });

  it('adds the hook for the start and the end of a session to the settings of earlier versions', () => {
    connect('claude');
    const path = folder.join('.claude/settings.json');
    const complete = readFileSync(path, 'utf8');
    const { hooks } = JSON.parse(complete) as { hooks: Record<string, object[]> };
    const foreign = { hooks: [{ type: 'command', command: 'notify' }] };
    put(
      '.claude/settings.json',
      JSON.stringify({ hooks: { ...hooks, SessionStart: undefined, SessionEnd: [foreign] } }),
    );
    connect('claude');
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), {
      hooks: { ...hooks, SessionEnd: [foreign, ...(hooks.SessionEnd ?? [])] },
    });
    assert.deepEqual(planConnection('claude', place(), launcher, ports).edits, []);
    disconnect('claude');
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), { hooks: { SessionEnd: [foreign] } });
  });

  for (const kind of ['claude', 'mcp'] as const) {
    it(`changes nothing if connected already: ${kind}`, () => {
      put('.mcp.json', FEATURE_SERVER);
      connect(kind);
      assert.deepEqual(planConnection(kind, place(), launcher, ports).edits, []);
      disconnect(kind);
      assert.deepEqual(planDisconnection(kind, place(), ports).edits, []);
      assert.equal(readFileSync(folder.join('.mcp.json'), 'utf8'), FEATURE_SERVER);
    });

    it(`updates the path of a moved program, and still restores the original settings: ${kind}`, () => {
      const path = put('.mcp.json', FEATURE_SERVER);
      connect(kind);
      const moved = { node: '/new/node', script: '/new/feature-backups.cjs', launchScript: '/new/launch.sh' };
      applyConnectionPlan(planConnection(kind, place(), moved, ports), ports);
      const text = readFileSync(kind === 'mcp' ? path : folder.join('.claude/settings.json'), 'utf8');
      assert.match(text, /\/new\/feature-backups\.cjs/);
      assert.doesNotMatch(text, /\/opt/);
      disconnect(kind);
      assert.equal(readFileSync(path, 'utf8'), FEATURE_SERVER);
      assert.equal(existsSync(folder.join('.claude')), false);
    });
  }

  it('puts only the feature servers of every client behind the tap', () => {
    put('.mcp.json', FEATURE_SERVER);
    put('.vscode/mcp.json', '{\n  "servers": { "f": { "type": "stdio", "command": "feature_mcp" } }\n}\n');
    put('.cursor/mcp.json', '{ "mcpServers": { "web": { "url": "http://localhost" } } }');
    const { edits } = connect('mcp');
    assert.deepEqual(
      edits.map(({ path }) => path),
      [folder.join('.mcp.json'), folder.join('.vscode/mcp.json')],
    );
    const wrapped = JSON.parse(readFileSync(folder.join('.vscode/mcp.json'), 'utf8')) as { servers: { f: unknown } };
    assert.deepEqual(wrapped.servers.f, {
      type: 'stdio',
      command: '/bin/sh',
      args: [...TAP, '--project', folder.path, '--', 'feature_mcp'],
    });
    const text = readFileSync(folder.join('.mcp.json'), 'utf8');
    assert.match(text, /\/\/ the module\n/);
    assert.match(text, /"other": \{ "command": "other-server", "args": \["x"\] \}/);
    assert.deepEqual(
      readConnections(folder.path, ports).map(({ server }) => server),
      ['features', 'f'],
    );
  });

  const server = (entry: object) => JSON.stringify({ mcpServers: { f: { command: 'feature_mcp', ...entry } } });
  const tapOf = (): readonly string[] => {
    const { mcpServers } = JSON.parse(readFileSync(folder.join('.mcp.json'), 'utf8')) as {
      mcpServers: { f: { args: string[] } };
    };
    return mcpServers.f.args;
  };

  it('names no project for a server whose entry sets its folder', () => {
    for (const entry of [{ env: { PROJECT_DIR: '/elsewhere' } }, { cwd: '${workspaceFolder}/sub' }]) {
      put('.mcp.json', server(entry));
      connect('mcp');
      assert.deepEqual(tapOf(), [...TAP, '--', 'feature_mcp']);
      disconnect('mcp');
    }
    put('.mcp.json', server({ env: { PROJECT_DIR: '' }, cwd: 5 }));
    connect('mcp');
    assert.deepEqual(tapOf(), [...TAP, '--project', folder.path, '--', 'feature_mcp']);
  });

  it('updates a tap of earlier versions, and keeps its other options', () => {
    const args = [launcher.script, 'tap', '--project', '/old', '--on-failure', 'block', '--', 'feature_mcp', 'x'];
    put('.mcp.json', server({ command: launcher.node, args, env: { PROJECT_DIR: '/elsewhere' } }));
    connect('mcp');
    assert.deepEqual(tapOf(), [...TAP, '--on-failure', 'block', '--', 'feature_mcp', 'x']);
    assert.deepEqual(planConnection('mcp', place(), launcher, ports).edits, []);
  });

  it('starts Node.js directly if clients have no sh', () => {
    put('.mcp.json', server({}));
    const onWindows = { ...launcher, launchScript: undefined };
    const plans = (['claude', 'mcp'] as const).map((kind) => planConnection(kind, place(), onWindows, ports));
    for (const plan of plans) applyConnectionPlan(plan, ports);
    assert.deepEqual(tapOf(), [launcher.script, 'tap', '--project', folder.path, '--', 'feature_mcp']);
    const settings = readFileSync(folder.join('.claude/settings.json'), 'utf8');
    assert.ok(settings.includes(JSON.stringify(`"${launcher.node}" "${launcher.script}" hook claude`)), settings);
    for (const kind of ['claude', 'mcp'] as const) {
      assert.deepEqual(planConnection(kind, place(), onWindows, ports).edits, []);
    }
  });

  for (const program of ['feature-backups', '/usr/local/bin/feature-backups']) {
    it(`recognizes a tap that was written by hand: ${program}`, () => {
      const byHand = { command: program, args: ['tap', '--on-failure', 'block', '--', 'python', '-m', 'feature_mcp'] };
      const path = put('.mcp.json', server(byHand));
      assert.deepEqual(
        readConnections(folder.path, ports).map(({ server }) => server),
        ['f'],
      );
      disconnect('mcp');
      const expected = { mcpServers: { f: { command: 'python', args: ['-m', 'feature_mcp'] } } };
      assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), expected);
    });
  }

  it('keeps a tap that is found through PATH, and updates one with a path', () => {
    const args = ['tap', '--on-failure', 'block', '--', 'feature_mcp'];
    put('.mcp.json', server({ command: 'feature-backups', args }));
    assert.deepEqual(planConnection('mcp', place(), launcher, ports).edits, []);
    put('.mcp.json', server({ command: '/usr/local/bin/feature-backups', args }));
    connect('mcp');
    assert.deepEqual(tapOf(), [...TAP, '--project', folder.path, '--on-failure', 'block', '--', 'feature_mcp']);
  });

  it('warns of a server whose folder has no database', () => {
    const warningsFor = (entry: object, databasePath?: string) => {
      put('.mcp.json', server(entry));
      return planConnection('mcp', { ...place(), databasePath }, launcher, ports).warnings;
    };
    const [warning = ''] = warningsFor({ env: { PROJECT_DIR: folder.join('elsewhere') } });
    assert.ok(warning.includes('"f" in .mcp.json') && warning.includes(folder.join('elsewhere')), warning);
    assert.equal(warningsFor({ cwd: 'elsewhere' }).length, 1);
    assert.equal(warningsFor({}).length, 1);
    assert.deepEqual(warningsFor({}, folder.join('own.db')), []);
    assert.deepEqual(warningsFor({ cwd: '${userHome}/x' }), []);
    put('elsewhere/.autoforge/features.db', '');
    mkdirSync(folder.join('elsewhere/sub'));
    assert.deepEqual(warningsFor({ cwd: '${workspaceFolder}/elsewhere/sub' }), []);
    assert.deepEqual(warningsFor({ env: { PROJECT_DIR: folder.join('elsewhere') } }), []);
  });

  it('removes the tap from an edited file, and keeps edits and comments', () => {
    const path = put('.mcp.json', FEATURE_SERVER);
    connect('mcp');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"other-server"', '"another-server"'));
    disconnect('mcp');
    assert.equal(
      readFileSync(path, 'utf8').replaceAll(/\s+/g, ' '),
      FEATURE_SERVER.replace('"other-server"', '"another-server"').replaceAll(/\s+/g, ' '),
    );
  });

  it('keeps comments beside the arguments of a server in an edited file', () => {
    const text =
      '{"mcpServers": {"features": {"command": "python", "args": [ // first\n  "-m", // module\n  "feature_mcp" /* it */\n]}}}\n';
    const path = put('.mcp.json', text);
    connect('mcp');
    writeFileSync(path, `${readFileSync(path, 'utf8')}\n`);
    disconnect('mcp');
    const after = readFileSync(path, 'utf8');
    for (const comment of text.match(COMMENT) ?? []) assert.ok(after.includes(comment), `${comment} in ${after}`);
    const bare = JSON.parse(after.replaceAll(COMMENT, '')) as unknown;
    assert.deepEqual(bare, { mcpServers: { features: { command: 'python', args: ['-m', 'feature_mcp'] } } });
  });

  it('puts any named server behind the tap', () => {
    put('.mcp.json', FEATURE_SERVER);
    connect('mcp', 'other');
    assert.deepEqual(
      readConnections(folder.path, ports).map(({ server }) => server),
      ['other'],
    );
  });

  const PLACES = {
    '.mcp.json': ['servers'],
    '.vscode/settings.json': ['mcp', 'servers'],
    '.gemini/settings.json': ['mcpServers'],
    '.roo/mcp.json': ['mcpServers'],
  };
  for (const [file, keys] of Object.entries(PLACES)) {
    it(`finds servers in ${keys.join('.')} of ${file}`, () => {
      const entry = { f: { command: 'python', args: ['-m', 'feature_mcp'] } };
      const text = JSON.stringify({ theme: 'x', ...nested([...keys], entry) });
      const path = put(file, text);
      connect('mcp');
      const wrapped = {
        f: { command: '/bin/sh', args: [...TAP, '--project', folder.path, '--', 'python', ...entry.f.args] },
      };
      assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), { theme: 'x', ...nested([...keys], wrapped) });
      assert.deepEqual(
        readConnections(folder.path, ports).map(({ path, server }) => [path, server]),
        [[path, 'f']],
      );
      disconnect('mcp');
      assert.equal(readFileSync(path, 'utf8'), text);
    });
  }

  it('puts servers in both places of .mcp.json behind the tap', () => {
    put(
      '.mcp.json',
      JSON.stringify({ servers: { f: { command: 'feature_mcp' } }, mcpServers: { f: { command: 'feature_mcp' } } }),
    );
    connect('mcp');
    assert.equal(readFileSync(folder.join('.mcp.json'), 'utf8').match(/launch\.sh/g)?.length, 2);
    assert.deepEqual(planConnection('mcp', place(), launcher, ports).edits, []);
  });

  it('reports the searched files if no feature server is found', () => {
    assert.throws(
      () => connect('mcp'),
      (error) => error instanceof BackupError && error.message.includes('.cursor/mcp.json'),
    );
  });

  for (const text of [
    '{',
    '[]',
    '{"hooks": []}',
    '{"hooks": {"PreToolUse": {}}}',
    '{"hooks": {"SessionEnd": {}}}',
    '\u0000',
  ]) {
    it(`refuses invalid settings: ${JSON.stringify(text)}`, () => {
      const path = put('.claude/settings.json', text);
      assert.throws(
        () => connect('claude'),
        (error) => error instanceof BackupError && error.code === 'configuration',
      );
      assert.equal(readFileSync(path, 'utf8'), text);
    });
  }

  it('does not overwrite a change made after the plan', () => {
    const path = put('.claude/settings.json', '{}');
    const plan = planConnection('claude', place(), launcher, ports);
    writeFileSync(path, '{"other": 1}');
    assert.throws(() => applyConnectionPlan(plan, ports), BackupError);
    assert.equal(readFileSync(path, 'utf8'), '{"other": 1}');
  });

  it('keeps the file’s mode and a link to it, and creates no store', () => {
    const path = put('elsewhere.json', '{"secret": 1}');
    chmodSync(path, 0o640);
    mkdirSync(folder.join('.claude'));
    symlinkSync(path, folder.join('.claude/settings.json'));
    connect('claude');
    assert.equal(statSync(path).mode & 0o777, 0o640);
    assert.ok(lstatSync(folder.join('.claude/settings.json')).isSymbolicLink());
    assert.equal(existsSync(folder.join('.feature_backups')), false);
  });

  it('shows a diff that patch applies', () => {
    const path = put('.claude/settings.json', settings['comments, tabs and CRLF'] ?? '');
    const { diff, edits } = planConnection('claude', place(), launcher, ports);
    assert.match(
      diff,
      /^--- a\/\.claude\/settings\.json\n\+\+\+ b\/\.claude\/settings\.json\n@@ -\d+,\d+ \+\d+,\d+ @@\n/,
    );
    const { status, stderr } = spawnSync('git', ['apply', '--unsafe-paths', '-p1', '-'], {
      cwd: folder.path,
      input: diff,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    assert.equal(readFileSync(path, 'utf8'), edits[0]?.after);
  });

  it('quotes paths for the shell that runs the hook', () => {
    const odd = { node: '/a b/$node', script: '/q"uote`/feature-backups.cjs', launchScript: '/a b/launch.sh' };
    const [edit] = planConnection('claude', place(), odd, ports).edits;
    const value = JSON.parse(edit?.after ?? '') as { hooks: { PreToolUse: { hooks: { command: string }[] }[] } };
    const command = value.hooks.PreToolUse[0]?.hooks[0]?.command ?? '';
    const { stdout } = spawnSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' });
    assert.deepEqual(stdout.split('\n'), ['/bin/sh', odd.launchScript, odd.node, odd.script, 'hook', 'claude', '']);
  });
});

function missing(settings: string, program: string) {
  return {
    code: 'program-missing',
    path: program,
    message: `${settings} starts ${program}, which does not exist`,
    hint: 'Connect the agent again',
  };
}

function nested([key, ...keys]: readonly string[], value: object): object {
  return key === undefined ? value : { [key]: nested(keys, value) };
}

const FEATURE_SERVER = `{
  // who serves what
  "mcpServers": {
    "features": {
      "command": "python",
      "args": [
        "-m", // the module
        "mcp_server.feature_mcp"
      ],
      "env": { "PROJECT_DIR": "/p" }
    },
    "other": { "command": "other-server", "args": ["x"] }
  }
}
`;
