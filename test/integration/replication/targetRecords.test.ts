import assert from 'node:assert/strict';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { MAX_METADATA_BYTES } from '../../../core/store/metadata.js';
import { replicate, type ReplicationOutcome } from '../../../core/replication/replicate.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import {
  backUpNewState,
  folderAt,
  folderTargetNamed,
  idsOf,
  projectWithBackups,
  provenCopies,
  withTargets,
} from '../../support/replication/copies.js';
import { testProject } from '../../support/testProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const KEEP_TWO = { keepLast: 2, keepDaily: 0, keepWeekly: 0 };

describe('target records', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const nas = () => folder.join('nas');
  const state = () => folder.join('state');

  const ports = (more: Partial<Ports> = {}): Ports => ({
    ...realPorts(),
    environment: { FEATURE_BACKUPS_STATE: state() },
    ...more,
  });
  const on = (project: Project, retention = {}): Project =>
    withTargets(project, folderTargetNamed('nas', nas(), retention));
  const run = async (project: Project, retention = {}): Promise<ReplicationOutcome> =>
    await replicate(on(project, retention), {}, ports());
  const runSuccessfully = async (project: Project, retention = {}): Promise<ReplicationOutcome> => {
    const outcome = await run(project, retention);
    assert.deepEqual(
      outcome.targets.map(({ problem }) => problem),
      [undefined],
    );
    return outcome;
  };

  let shop: Project;
  beforeEach(async () => {
    mkdirSync(nas());
    shop = await projectWithBackups(folder.join('shop'), 3);
  });

  /** Every file below a folder, with its content and its time. */
  const contentOf = (path: string): Readonly<Record<string, string>> =>
    Object.fromEntries(
      readdirSync(path, { recursive: true, encoding: 'utf8' })
        .map((name) => [name, statSync(join(path, name))] as const)
        .filter(([, stats]) => stats.isFile())
        .map(([name, stats]) => [name, `${String(stats.mtimeMs)} ${readFileSync(join(path, name), 'base64')}`]),
    );

  it('are written once: a sync that finds no change does not rewrite them', async () => {
    await runSuccessfully(shop);
    const before = contentOf(state());
    assert.ok(Object.keys(before).some((name) => name.startsWith('target-keys')));
    await runSuccessfully(shop);
    assert.deepEqual(contentOf(state()), before);
  });

  describe('of a store from version 0.1.0', () => {
    const oldCache = () => join(shop.storePath, '.replication', 'nas');
    const identityPath = () => join(shop.storePath, '.store-id');

    /** As that version left it: the small files of the target in the store, and nothing in the user's state. */
    const downgraded = async (): Promise<string | undefined> => {
      const { key } = await runSuccessfully(shop, KEEP_TWO);
      rmSync(state(), { recursive: true, force: true });
      mkdirSync(oldCache());
      for (const name of readdirSync(folderAt(nas())).filter((each) => each.endsWith('.json')))
        copyFileSync(join(folderAt(nas()), name), join(oldCache(), name));
      return key;
    };

    it('copy nothing twice, remove nothing, keep the key, and leave the old files unchanged', async () => {
      const key = await downgraded();
      const [before, cache] = [contentOf(nas()), contentOf(oldCache())];
      for (let turn = 0; turn < 2; turn += 1) {
        const outcome = await runSuccessfully(shop, KEEP_TWO);
        assert.equal(outcome.key, key);
        const [target] = outcome.targets;
        assert.deepEqual([target?.copied, target?.updated, target?.removed, target?.presentCount], [[], [], [], 2]);
        assert.deepEqual(contentOf(nas()), before);
        assert.deepEqual(contentOf(oldCache()), cache);
      }
    });

    it('keep the key in its old location although the file was restored', async () => {
      const key = await downgraded();
      const text = readFileSync(identityPath());
      renameSync(identityPath(), folder.join('old'));
      writeFileSync(identityPath(), text);
      for (let turn = 0; turn < 2; turn += 1) assert.equal((await runSuccessfully(shop, KEEP_TWO)).key, key);
      assert.deepEqual(readdirSync(nas()), [key]);
    });

    it('ignore the old cache in the store', async () => {
      await downgraded();
      const [, , newest = ''] = idsOf(shop);
      const path = join(oldCache(), `${newest}.json`);
      const text = readFileSync(path, 'utf8');
      writeFileSync(path, text.replace(/"sha256": "[0-9a-f]/, '"sha256": "x'));
      const before = contentOf(nas());
      const [target] = (await runSuccessfully(shop, KEEP_TWO)).targets;
      assert.deepEqual([target?.copied, target?.presentCount], [[], 2]);
      assert.deepEqual(contentOf(nas()), before);
    });
  });

  describe('of a store with the key of another project', () => {
    /** A store with newer backups, which would replace the shop's at the target. */
    const clone = async (key: string, more: object = {}): Promise<Project> => {
      const project = await projectWithBackups(folder.join('clone'), 3);
      const identity = { format: 1, key, host: hostname(), root: project.root, inode: 1, ...more };
      writeFileSync(join(project.storePath, '.store-id'), JSON.stringify(identity));
      return project;
    };

    for (const [what, plantedKey] of [
      ['the same key', (key: string) => key],
      ['the key in capitals, which is the same folder at many targets', (key: string) => key.toUpperCase()],
    ] as const) {
      it(`${what}: it gets its own folder, and the other's copies remain`, async () => {
        const { key = '' } = await runSuccessfully(shop);
        const before = contentOf(join(nas(), key));
        // Its eight digits are letters only by chance; only the name is in capitals.
        const planted = `${plantedKey(key.slice(0, -8))}${key.slice(-8)}`;
        const project = await clone(planted);
        const outcome = await runSuccessfully(project, KEEP_TWO);
        assert.ok(outcome.key?.startsWith('clone-'), outcome.key);
        assert.deepEqual(contentOf(join(nas(), key)), before);
        assert.equal((await runSuccessfully(project, KEEP_TWO)).key, outcome.key);
        assert.equal((await runSuccessfully(shop)).key, key);
      });
    }

    it('are missing: it copies and removes nothing, and explains why', async () => {
      const { key = '' } = await runSuccessfully(shop);
      rmSync(state(), { recursive: true, force: true });
      const before = contentOf(nas());
      const project = await clone(key);
      for (let turn = 0; turn < 2; turn += 1) {
        const [outcome] = (await run(project, KEEP_TWO)).targets;
        assert.equal(outcome?.problem?.code, 'target-failed');
        assert.match(outcome.problem.message, /contains the copies of another project: .*shop on /);
        assert.deepEqual(contentOf(nas()), before);
      }
      rmSync(join(project.storePath, '.store-id'));
      assert.notEqual((await runSuccessfully(project, KEEP_TWO)).key, key);
      assert.equal((await runSuccessfully(shop)).key, key);
    });

    it('identify a copy at the former path of a moved project, which gets its own folder', async () => {
      const { key } = await runSuccessfully(shop);
      const moved = testProject(folder.join('moved'));
      renameSync(shop.root, moved.root);
      assert.equal((await runSuccessfully(moved)).key, key);
      cpSync(moved.root, shop.root, { recursive: true });
      assert.notEqual((await runSuccessfully(shop)).key, key);
      assert.equal((await runSuccessfully(moved)).key, key);
    });
  });

  describe('with an invalid .store-id', () => {
    const identityPath = () => join(shop.storePath, '.store-id');

    it('replace it once', async () => {
      writeFileSync(identityPath(), 'mine');
      const { key } = await runSuccessfully(shop);
      assert.equal((await runSuccessfully(shop)).key, key);
      assert.deepEqual(readdirSync(nas()), [key]);
    });

    it('do not follow it if it is a link', async () => {
      writeFileSync(folder.join('elsewhere'), 'mine');
      symlinkSync(folder.join('elsewhere'), identityPath());
      await assert.rejects(
        run(shop),
        (error) => error instanceof BackupError && error.code === 'unsafe-store' && error.message.includes('.store-id'),
      );
      assert.equal(readFileSync(folder.join('elsewhere'), 'utf8'), 'mine');
      assert.deepEqual(readdirSync(nas()), []);
    });
  });

  it('do not decide what is a leftover: an old image stays if its metadata exists but was not read', async () => {
    await runSuccessfully(shop);
    const image = join(folderAt(nas()), 'features_9_20200101-000000_x.db.gz');
    const old = new Date(Date.now() - 30 * 24 * 60 * 60 * 1000);
    writeFileSync(image, 'an image');
    utimesSync(image, old, old);
    writeFileSync(image.replace('.db.gz', '.json'), Buffer.alloc(MAX_METADATA_BYTES + 1));
    await runSuccessfully(shop);
    assert.ok(existsSync(image));
    rmSync(image.replace('.db.gz', '.json'));
    await runSuccessfully(shop);
    assert.ok(!existsSync(image));
  });

  it('are not used to verify the copies', async () => {
    await runSuccessfully(shop);
    const [oldest = '', newest = ''] = idsOf(shop).filter((_, index) => index !== 1);
    const metadata = (id: string) => join(folderAt(nas()), `${id}.json`);
    const [intact, lost] = [readFileSync(metadata(newest)), readFileSync(metadata(oldest))];
    writeFileSync(metadata(newest), Buffer.alloc(intact.length));
    writeFileSync(metadata(oldest), Buffer.alloc(lost.length));
    for (const suffix of ['.db', '.json']) rmSync(join(shop.storePath, oldest + suffix));
    const [target] = (await replicate(on(shop), { verify: true }, ports())).targets;
    assert.deepEqual(readFileSync(metadata(newest)), intact);
    assert.equal(target?.problem?.code, 'target-failed');
    assert.deepEqual([target.copied, target.damaged], [[newest], [oldest]]);
    assert.match(target.problem.message, new RegExp(`1 cannot be replaced: ${oldest}`));
  });

  describe('in the state folder', () => {
    it('delete only their own files', async () => {
      await runSuccessfully(shop);
      const [store = ''] = readdirSync(join(state(), 'stores'));
      const [key = ''] = readdirSync(join(state(), 'stores', store, 'targets', 'nas'));
      const at = (name: string) => join(state(), 'stores', store, 'targets', 'nas', key, name);
      const known = readdirSync(at('.')).sort();
      assert.deepEqual(known, [...idsOf(shop).map((id) => `${id}.json`), 'project.json'].sort());
      writeFileSync(at('notes.txt'), 'mine');
      writeFileSync(at('features_1_20200101-000000_x.json'), 'forgotten');
      writeFileSync(at('.tmp-1-abc-def'), 'half written');
      mkdirSync(at('features_2_20200101-000000_x.json'));
      await runSuccessfully(shop);
      assert.deepEqual(
        readdirSync(at('.')).sort(),
        [...known, 'notes.txt', 'features_2_20200101-000000_x.json'].sort(),
      );
    });

    for (const [what, environment] of [
      ['that cannot be made', () => ({ FEATURE_BACKUPS_STATE: join(shop.databasePath, 'state') })],
      ['of a user without a home', () => ({})],
    ] as const) {
      it(`${what}: everything works, with one warning`, async () => {
        mkdirSync(folder.join('second'));
        const two = withTargets(
          shop,
          folderTargetNamed('nas', nas(), KEEP_TWO),
          folderTargetNamed('second', folder.join('second')),
        );
        const warnings: string[] = [];
        const without = ports({ environment: environment(), onWarning: (warning) => warnings.push(warning) });
        const counts = async () =>
          (await replicate(two, {}, without)).targets.map(({ problem, copied, removed, presentCount }) => [
            ...[problem, copied.length, removed.length, presentCount],
          ]);
        assert.deepEqual(await counts(), [
          [undefined, 2, 0, 0],
          [undefined, 3, 0, 0],
        ]);
        assert.equal(warnings.length, 1, warnings.join('\n'));
        assert.match(warnings[0] ?? '', /Could not record the contents of the targets/);
        assert.deepEqual(await counts(), [
          [undefined, 0, 0, 2],
          [undefined, 0, 0, 3],
        ]);
        await backUpNewState(shop, 4);
        assert.deepEqual(await counts(), [
          [undefined, 1, 1, 1],
          [undefined, 1, 0, 3],
        ]);
        assert.deepEqual(provenCopies(folderAt(nas())), idsOf(shop).slice(2));
        assert.equal(readdirSync(nas()).length, 1);
      });
    }
  });
});
