import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyFixture, countsBySqlite, sqlite3, type LiveFixture } from '../../support/fixtureProject.js';
import { makeTemporaryFolder, removeFolder } from '../../support/temporaryFolder.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

describe('the package, packed and installed elsewhere', () => {
  let folder = '';
  let bin = '';

  before(async function () {
    this.timeout(180_000);
    folder = await makeTemporaryFolder();
    run(root, 'npm', ['run', '--silent', 'build']);
    run(root, 'npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder]);
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
    writeFileSync(join(folder, 'package.json'), '{"name":"a-user","version":"1.0.0","private":true,"type":"module"}');
    run(folder, 'npm', ['install', '--silent', '--offline', '--no-audit', '--no-fund', join(folder, tarball)]);
    bin = join(folder, 'node_modules', '.bin', 'feature-backups');
  });
  after(async () => {
    await removeFolder(folder);
  });

  it('needs no other package, and includes its schema', () => {
    assert.deepEqual(
      readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.')),
      ['feature-backups'],
    );
    for (const schema of ['feature-backups.schema.json', 'status.schema.json', 'doctor.schema.json']) {
      assert.ok(existsSync(join(folder, 'node_modules/feature-backups/media', schema)), schema);
    }
  });

  const jobs: readonly (readonly [LiveFixture, string])[] = [
    ['1-after-bulk-create', '598|0'],
    ['2-after-200-passing', '598|200'],
  ];
  for (const [fixture, counts] of jobs) {
    it(`backs up and restores with its command: ${fixture} is backed up and restored as ${counts}`, () => {
      const project = copyFixture(fixture, join(folder, fixture));
      const database = join(project, 'features.db');
      run(project, bin, ['backup']);
      const [name = ''] = readdirSync(join(project, '.feature_backups')).filter((file) => file.endsWith('.db'));
      assert.match(name, /^features_598_\d{8}-\d{6}_manual\.db$/);
      assert.equal(countsBySqlite(join(project, '.feature_backups', name)), counts);
      sqlite3(database, 'DELETE FROM features');
      run(project, bin, ['restore', project, 'last-good', '--yes']);
      assert.equal(countsBySqlite(database), counts);
    });
  }

  it('backs up and restores as a library', () => {
    const project = copyFixture('2-after-200-passing', join(folder, 'library project'));
    writeFileSync(join(folder, 'use.mjs'), PROGRAM.replace(/: Catalog|import type .*\n/g, ''));
    const { stdout } = run(folder, process.execPath, ['use.mjs', project]);
    assert.deepEqual(JSON.parse(stdout), {
      created: 'created',
      unchanged: 'unchanged',
      listed: 1,
      passing: 200,
      condition: 'sound',
      verified: [true],
      removed: 598,
      restored: 'restored',
      error: 'backup-not-found',
    });
    assert.equal(countsBySqlite(join(project, 'features.db')), '598|200');
  });

  it('has types that a strict TypeScript project compiles against', function () {
    this.timeout(60_000);
    writeFileSync(join(folder, 'use.ts'), PROGRAM);
    mkdirSync(join(folder, 'node_modules', '@types'), { recursive: true });
    const options = [
      '--noEmit',
      '--strict',
      '--exactOptionalPropertyTypes',
      '--target',
      'ES2023',
      '--module',
      'NodeNext',
    ];
    const nodeTypes = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
    run(folder, process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options, ...nodeTypes, 'use.ts']);
  });
});

const PROGRAM = `import { BackupError, backUp, compare, findBackup, listBackups, openProject, projectSummary, restore, verify } from 'feature-backups';
import type { Catalog } from 'feature-backups';
import { spawnSync } from 'node:child_process';

const project = await openProject(process.argv[2]);
const created = await backUp(project, { source: 'cli', reason: 'library' });
const unchanged = await backUp(project, { source: 'cli', reason: 'again' });
const catalog: Catalog = await listBackups(project);
const summary = await projectSummary(project);
const outcomes = await verify(project);
spawnSync('sqlite3', [project.databasePath, 'DELETE FROM features']);
const { comparison } = await compare(project, 'latest', 'live');
const restored = await restore(project, 'latest');
const error = await findBackup(project, 'nothing').catch((reason) => reason);
console.log(JSON.stringify({
  created: created.status,
  unchanged: unchanged.status,
  listed: catalog.backups.length,
  passing: catalog.newest?.counts.passing,
  condition: summary.live?.condition,
  verified: outcomes.map((outcome) => outcome.ok),
  removed: comparison.removed.length,
  restored: restored.status,
  error: error instanceof BackupError ? error.code : String(error),
}));
`;

function run(cwd: string, program: string, args: readonly string[]): { readonly stdout: string } {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (error) throw error;
  assert.equal(status, 0, `${program} ${args.join(' ')}\n${stdout}${stderr}`);
  return { stdout };
}
