import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { countsBySqlite, sqlite3 } from '../../support/fixtureProject.js';
import { KnownProjects } from '../../support/knownProjects.js';
import { readDatabase } from '../../support/pythonSqlite.js';
import { folderAt, idsOf, projectWithBackups, provenCopies } from '../../support/replication/copies.js';
import { buildCli, runCli, runCliJson } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

interface Outcome {
  readonly ok: boolean;
  readonly copied: readonly string[];
  readonly segments: readonly string[];
  readonly damaged: readonly string[];
}

describe('copies in a folder, by the command line', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const home = new KnownProjects(folder);
  before(() => {
    buildCli();
  });

  const nas = () => folder.join('nas');
  const at = (cwd: string) => ({ cwd, env: home.environment });
  const configure = (more: object = {}): void => {
    mkdirSync(nas(), { recursive: true });
    home.configure({ targets: [{ name: 'nas', folder: nas() }], ...more });
  };
  const replicated = async (root: string, ...args: readonly string[]): Promise<Outcome> => {
    const { document, stderr } = await runCliJson(['replicate', ...args], at(root));
    const [outcome] = document.targets as readonly Outcome[];
    assert.ok(outcome, stderr);
    return outcome;
  };

  describe('empty machine', () => {
    it('gets the newest backup in a new folder, and is then an ordinary project', async () => {
      configure();
      const project = await projectWithBackups(folder.join('shop'), 3);
      assert.equal((await replicated(project.root)).copied.length, 3);
      const newest = idsOf(project).at(-1) ?? '';
      const before = readDatabase(project.databasePath);
      rmSync(project.root, { recursive: true });
      rmSync(folder.join('state'), { recursive: true, force: true });

      const target = folder.join('new machine', 'shop');
      const planned = await runCli(['restore', target, '--from', 'nas', '--dry-run'], at(folder.path));
      assert.equal(planned.code, 0, planned.stderr);
      assert.match(planned.stdout, new RegExp(newest));
      assert.equal(existsSync(target), false);
      const restored = await runCli(['restore', target, '--from', 'nas', '--yes'], at(folder.path));
      assert.equal(restored.code, 0, restored.stderr);
      assert.deepEqual(readDatabase(join(target, 'features.db')), before);
      assert.equal((await runCli(['verify'], at(target))).code, 0);
      assert.equal((await runCli(['backup'], at(target))).code, 0);
    });
  });

  describe('history', () => {
    it('is copied, copied again after it has grown, and fetched with restorable states', async () => {
      configure({ retention: { keepLast: 1, keepHourly: 0, keepDaily: 0, keepWeekly: 0 } });
      const project = await projectWithBackups(folder.join('shop'), 1);
      const backUp = async (passing: number): Promise<void> => {
        sqlite3(project.databasePath, `UPDATE features SET passes = (id <= ${String(passing)})`);
        // The copies are made below, when needed.
        const env = { ...home.environment, HOME: folder.join('nobody'), ...KEEP_ONE };
        const { code, stderr } = await runCli(['backup'], { cwd: project.root, env });
        assert.equal(code, 0, stderr);
      };
      const segment = () => {
        const [name = '', ...others] = readdirSync(project.storePath).filter((each) => each.endsWith('.fbh'));
        assert.deepEqual(others, []);
        return name;
      };
      for (const passing of [2, 3]) await backUp(passing);
      const name = segment();
      assert.deepEqual((await replicated(project.root)).segments, [name]);
      const copy = join(folderAt(nas()), name);
      const firstBytes = statSync(copy).size;
      assert.deepEqual((await replicated(project.root)).segments, [], 'it has not grown');
      for (const passing of [4, 5]) await backUp(passing);
      assert.equal(segment(), name, 'it grows at its end');
      assert.deepEqual((await replicated(project.root)).segments, [name]);
      assert.ok(statSync(copy).size > firstBytes);
      assert.deepEqual(readFileSync(copy), readFileSync(join(project.storePath, name)));

      const states = await listed(project.root);
      assert.equal(states.length, 4);
      rmSync(project.root, { recursive: true });
      const target = folder.join('back');
      const restored = await runCli(['restore', target, '--from', 'nas', '--everything', '--yes'], at(folder.path));
      assert.equal(restored.code, 0, restored.stderr);
      assert.equal(countsBySqlite(join(target, 'features.db')), '12|5');
      rmSync(nas(), { recursive: true });
      assert.deepEqual(await listed(target), states);
      for (const [index, id] of states.entries()) {
        const { code, stderr } = await runCli(['restore', id, '--project', target, '--yes'], at(target));
        assert.equal(code, 0, stderr);
        // Newest first: of the states with 1 to 5 passing, the one with 5 is a backup.
        assert.equal(countsBySqlite(join(target, 'features.db')), `12|${String(4 - index)}`);
      }
    });

    async function listed(root: string): Promise<readonly string[]> {
      const { document, stderr } = await runCliJson(['list', '--history'], at(root));
      const states = document.states as readonly { readonly id: string }[] | undefined;
      assert.ok(states, stderr + JSON.stringify(document));
      return states.map(({ id }) => id);
    }
  });

  describe('--all', () => {
    it('syncs every project, and a failing target stops neither the others nor the next project', async () => {
      configure({
        targets: [
          { name: 'gone', folder: folder.join('not mounted') },
          { name: 'nas', folder: nas() },
        ],
      });
      const names = ['blog', 'shop', 'wiki'];
      for (const name of names) await projectWithBackups(home.path(name), 2);
      home.register(...names);
      const { code, document } = await runCliJson(['replicate', '--all'], at(folder.path));
      assert.equal(code, 1);
      const runs = document.projects as readonly {
        readonly name: string;
        readonly result: { readonly targets: readonly (Outcome & { readonly name: string })[] };
      }[];
      assert.deepEqual(
        runs.map(({ name, result }) => [name, ...result.targets.map((each) => `${each.name} ${String(each.ok)}`)]),
        names.map((name) => [name, 'gone false', 'nas true']),
      );
      assert.equal(existsSync(folder.join('not mounted')), false);
      for (const name of names) {
        const [key = ''] = readdirSync(nas()).filter((each) => each.startsWith(`${name}-`));
        assert.deepEqual(provenCopies(join(nas(), key)), idsOf(testProject(home.path(name))));
      }
    });
  });

  describe('another valid database in place of a copy', () => {
    for (const [what, alsoStored] of [
      ['of the size that was sent there', false],
      ['with the hash of the file in the metadata made to fit', true],
    ] as const) {
      it(`${what}: a restore refuses it, and --verify replaces it`, async () => {
        configure();
        const project = await projectWithBackups(folder.join('shop'), 2);
        await replicated(project.root);
        const ids = idsOf(project);
        const [older = '', newest = ''] = ids;
        forge(join(folderAt(nas()), newest), folder.join('other.db'), alsoStored);
        // The cached metadata would show the change.
        rmSync(folder.join('state', 'stores'), { recursive: true });

        const named = await runCli(
          ['restore', newest, '--project', folder.join('a'), '--from', 'nas', '--yes'],
          at(folder.path),
        );
        assert.equal(named.code, 3, named.stderr);
        assert.match(named.stderr, alsoStored ? /does not match its metadata/ : /differs from the data sent/);
        assert.equal(existsSync(folder.join('a', 'features.db')), false);
        const best = await runCli(['restore', folder.join('b'), '--from', 'nas', '--yes'], at(folder.path));
        assert.equal(best.code, 0, best.stderr);
        assert.equal(countsBySqlite(folder.join('b', 'features.db')), '12|1', older);

        const outcome = await replicated(project.root, '--verify');
        assert.deepEqual([outcome.ok, outcome.damaged, outcome.copied], [false, [newest], [newest]]);
        assert.deepEqual(provenCopies(folderAt(nas())), ids);
      });
    }
  });
});

const KEEP_ONE = {
  FEATURE_BACKUPS_KEEP_LAST: '1',
  FEATURE_BACKUPS_KEEP_HOURLY: '0',
  FEATURE_BACKUPS_KEEP_DAILY: '0',
  FEATURE_BACKUPS_KEEP_WEEKLY: '0',
};

/** Puts another valid database there, as large as the original, compressed and not. */
function forge(copy: string, scratch: string, alsoStored: boolean): void {
  const sent = readFileSync(`${copy}.db.gz`);
  const image = gunzipSync(sent);
  writeFileSync(scratch, image);
  sqlite3(scratch, "PRAGMA secure_delete=ON; UPDATE features SET passes = 1, description = ''");
  const other = readFileSync(scratch);
  assert.equal(other.length, image.length);
  const forged = paddedTo(sent.length, gzipSync(other, { level: 9 }));
  assert.deepEqual([forged.length, gunzipSync(forged)], [sent.length, other]);
  assert.equal(readDatabase(scratch).integrity, 'ok');
  writeFileSync(`${copy}.db.gz`, forged);
  if (!alsoStored) return;
  const [before, after] = [sent, forged].map((each) => createHash('sha256').update(each).digest('hex'));
  const metadata = readFileSync(`${copy}.json`, 'utf8');
  assert.ok(before !== undefined && after !== undefined && metadata.includes(before));
  writeFileSync(`${copy}.json`, metadata.replace(before, after));
}

/** The same content in this many bytes: a name of that length in the header (RFC 1952, 2.3.1). */
function paddedTo(length: number, packed: Buffer): Buffer {
  const missing = length - packed.length;
  assert.ok(missing >= 1, String(missing));
  const head = Buffer.from(packed.subarray(0, 10));
  head[3] = 0x08;
  return Buffer.concat([head, Buffer.alloc(missing - 1, 'x'), Buffer.alloc(1), packed.subarray(10)]);
}
