import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { PLANTED_FILES, plantAt, runCliOrKill } from '../../support/plantedFiles.js';
import { runOnTerminal } from '../../support/terminal.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const SETTINGS = '.claude/settings.json';

/** The entry that version 0.1.0 wrote; the paths of node and the program differ between machines. */
const HOOK_OF_0_1_0 = {
  matcher: 'mcp__.*|Bash|Write|Edit|MultiEdit|NotebookEdit',
  hooks: [
    { type: 'command', command: '"/usr/bin/node" "/opt/feature-backups.cjs" hook claude --project "/p"', timeout: 30 },
  ],
};

describe('hostile settings and records', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const root = () => folder.join('project');
  const inProject = (name: string) => join(root(), name);
  const run = (...args: readonly string[]) => runCliOrKill(args, { cwd: root() });
  const put = (name: string, text: string): string => {
    mkdirSync(dirname(inProject(name)), { recursive: true });
    writeFileSync(inProject(name), text);
    return inProject(name);
  };
  const read = (name: string) => readFileSync(inProject(name), 'utf8');

  beforeEach(() => {
    mkdirSync(root());
  });

  const FILES = [
    [SETTINGS, 'claude'],
    ['.mcp.json', 'mcp'],
    ['.vscode/mcp.json', 'mcp'],
    ['.cursor/mcp.json', 'mcp'],
  ] as const;
  for (const [file, kind] of FILES) {
    for (const planted of PLANTED_FILES) {
      for (const command of ['connect', 'disconnect'] as const) {
        it(`refuses ${planted.title} as ${file}: ${command}`, () => {
          plantAt(inProject(file), planted);
          const { code, stderr } = run(command, kind);
          assert.notEqual(code, null, 'it hung');
          assert.equal(code, 2, stderr);
          assert.match(stderr, planted.reason);
          assert.ok(stderr.includes(file), stderr);
        });
      }
    }
  }

  it('refuses settings behind a link that points outside the project, with a hint', () => {
    writeFileSync(folder.join('dotfiles.json'), '{ "mine": 1 }');
    mkdirSync(inProject('.claude'));
    symlinkSync(folder.join('dotfiles.json'), inProject(SETTINGS));
    const { code, stderr } = run('connect', 'claude');
    assert.equal(code, 2, stderr);
    assert.match(stderr, /is a link that points outside/);
    assert.match(stderr, /Replace it with a regular file inside the project/);
    assert.equal(readFileSync(folder.join('dotfiles.json'), 'utf8'), '{ "mine": 1 }');
  });

  it('does not create settings in a folder outside the project', () => {
    mkdirSync(folder.join('outside'));
    symlinkSync(folder.join('outside'), inProject('.claude'));
    const { code, stderr } = run('connect', 'claude');
    assert.equal(code, 2, stderr);
    assert.deepEqual(readdirSync(folder.join('outside')), []);
  });

  it('does not replace a dangling link', () => {
    mkdirSync(inProject('.claude'));
    symlinkSync('nowhere.json', inProject(SETTINGS));
    const { code, stderr } = run('connect', 'claude');
    assert.equal(code, 2, stderr);
    assert.match(stderr, /is a link to a file that does not exist/);
    assert.ok(lstatSync(inProject(SETTINGS)).isSymbolicLink());
  });

  it('edits settings behind a link inside the project, and removes its hook again', () => {
    put('shared/settings.json', '{ "mine": 1 }\n');
    mkdirSync(inProject('.claude'));
    symlinkSync('../shared/settings.json', inProject(SETTINGS));
    assert.equal(run('connect', 'claude').code, 0);
    assert.match(read('shared/settings.json'), /hook claude/);
    assert.equal(run('disconnect', 'claude', '--yes').code, 0);
    assert.equal(read('shared/settings.json'), '{ "mine": 1 }\n');
    assert.ok(lstatSync(inProject(SETTINGS)).isSymbolicLink());
  });

  /** A record as 0.1.0 wrote it into the store, for settings as they are now. */
  const recordInStore = (before: string | null): string =>
    put(
      '.feature_backups/connections.json',
      JSON.stringify([
        {
          path: inProject(SETTINGS),
          before,
          afterSha256: createHash('sha256').update(read(SETTINGS)).digest('hex'),
          madeFolder: before === null,
        },
      ]),
    );

  for (const before of ['{"hooks":{"PreToolUse":[{"hooks":[{"type":"command","command":"evil"}]}]}}', null]) {
    it(`does not trust a record in the store: ${before === null ? 'no file' : 'a hook'}`, () => {
      put(SETTINGS, JSON.stringify({ model: 'x', hooks: { PreToolUse: [HOOK_OF_0_1_0] } }, null, 2));
      const record = recordInStore(before);
      const content = readFileSync(record, 'utf8');
      const { code, stderr } = run('disconnect', 'claude', '--yes');
      assert.equal(code, 0, stderr);
      assert.deepEqual(JSON.parse(read(SETTINGS)), { model: 'x' });
      assert.equal(readFileSync(record, 'utf8'), content);
    });
  }

  it('disconnects a connection of 0.1.0, and keeps the other settings', () => {
    const others = { matcher: 'Bash', hooks: [{ type: 'command', command: 'lint' }] };
    put(SETTINGS, JSON.stringify({ hooks: { PreToolUse: [others, HOOK_OF_0_1_0] }, model: 'x' }, null, 2));
    recordInStore(JSON.stringify({ hooks: { PreToolUse: [others] }, model: 'x' }));
    const { code, stdout, stderr } = run('disconnect', 'claude', '--yes');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^-.*hook claude/m);
    assert.deepEqual(JSON.parse(read(SETTINGS)), { hooks: { PreToolUse: [others] }, model: 'x' });
  });

  it('does not restore the hook of 0.1.0 when it disconnects a newer connection', () => {
    put(SETTINGS, JSON.stringify({ model: 'x', hooks: { PreToolUse: [HOOK_OF_0_1_0] } }, null, 2));
    assert.equal(run('connect', 'claude').code, 0);
    assert.doesNotMatch(read(SETTINGS), /\/opt\/feature-backups/);
    assert.equal(run('disconnect', 'claude', '--yes').code, 0);
    assert.deepEqual(JSON.parse(read(SETTINGS)), { model: 'x' });
  });

  it('records the previous settings in the user’s own state, readable by the owner alone', () => {
    put(SETTINGS, '{ "mine": 1 }');
    const state = folder.join('state');
    const env = { FEATURE_BACKUPS_STATE: state };
    assert.equal(runCliOrKill(['connect', 'claude'], { cwd: root(), env }).code, 0);
    const [name = ''] = readdirSync(join(state, 'stores'));
    assert.equal(statSync(join(state, 'stores', name)).mode & 0o777, 0o700);
    assert.equal(statSync(join(state, 'stores', name, 'connections.json')).mode & 0o777, 0o600);
    assert.equal(existsSync(inProject('.feature_backups')), false);
    assert.equal(runCliOrKill(['disconnect', 'claude', '--yes'], { cwd: root(), env }).code, 0);
    assert.equal(read(SETTINGS), '{ "mine": 1 }');
  });

  it('connects with one warning if the user’s state cannot be written, and can still disconnect', () => {
    put(SETTINGS, '{ "mine": 1 }');
    const cliOptions = { cwd: root(), env: { FEATURE_BACKUPS_STATE: '/dev/null/state' } };
    const connected = runCliOrKill(['connect', 'claude'], cliOptions);
    assert.equal(connected.code, 0, connected.stderr);
    assert.equal(connected.stderr.match(/warning:/g)?.length, 1, connected.stderr);
    assert.match(read(SETTINGS), /hook claude/);
    const disconnected = runCliOrKill(['disconnect', 'claude', '--yes'], cliOptions);
    assert.equal(disconnected.code, 0, disconnected.stderr);
    assert.deepEqual(JSON.parse(read(SETTINGS)), { mine: 1 });
  });

  it('shows what it would remove, and does nothing without confirmation', () => {
    put(SETTINGS, '{ "mine": 1 }');
    run('connect', 'claude');
    const connected = read(SETTINGS);
    const { code, stdout, stderr } = run('disconnect', 'claude');
    assert.equal(code, 5, stderr);
    assert.match(stdout, /^-.*hook claude/m);
    assert.match(stderr, /--yes/);
    assert.equal(read(SETTINGS), connected);
  });

  it('asks on a terminal', () => {
    put(SETTINGS, '{ "mine": 1 }');
    run('connect', 'claude');
    const connected = read(SETTINGS);
    const declined = runOnTerminal(['disconnect', 'claude'], { cwd: root(), answers: ['n\n'] });
    assert.equal(declined.code, 5, declined.shown);
    assert.equal(read(SETTINGS), connected);
    const confirmed = runOnTerminal(['disconnect', 'claude'], { cwd: root(), answers: ['y\n'] });
    assert.equal(confirmed.code, 0, confirmed.shown);
    assert.equal(read(SETTINGS), '{ "mine": 1 }');
  });

  it('does not ask if there is nothing to remove', () => {
    const { code, stderr } = run('disconnect', 'claude');
    assert.equal(code, 0, stderr);
  });
});
