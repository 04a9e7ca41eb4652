import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { realPorts } from '../../../core/system/ports.js';
import { findProject } from '../../../core/project/findProject.js';
import { makeFeatureDatabase, startDatabaseReader, type DatabaseReader } from '../../support/pythonSqlite.js';
import { runRestore, type RestoreResult } from '../../support/restoreDriver.js';
import { useRestoreProcess } from '../../support/restoreProcess.js';
import type { Stop } from '../../support/stoppingFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const LIVE = join('.autoforge', 'features.db');
const STORE = '.feature_backups';

/** The live database at the start of the restore. */
const INITIAL_STATES = {
  'a database at rest': (path: string) =>
    makeFeatureDatabase(path, { features: 150, passing: 90, journalMode: 'delete' }),
  'commits that only the -wal holds': (path: string) =>
    makeFeatureDatabase(path, { features: 150, passing: 90, leave: 'wal' }),
  'a hot -journal': (path: string) =>
    makeFeatureDatabase(path, { features: 150, passing: 90, journalMode: 'delete', leave: 'hot-journal' }),
  'a damaged database with a -wal': (path: string) =>
    makeFeatureDatabase(path, { features: 150, passing: 90, leave: 'damaged-wal' }),
  'no longer a database, with a -wal': (path: string) => {
    makeFeatureDatabase(path, { features: 150, passing: 90, leave: 'wal' });
    writeFileSync(path, Buffer.alloc(8192, 'noise '));
    // Without the first page in the log, SQLite does not find a database either.
    writeFileSync(`${path}-wal`, readFileSync(`${path}-wal`).subarray(0, 32));
    // Otherwise its size would suggest more frames, for which a snapshot waits a while.
    rmSync(`${path}-shm`);
  },
  'nothing, not even the folder': (path: string) => rmSync(join(path, '..'), { recursive: true, force: true }),
} as const;

describe('restore stopped at any file change', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const restoreProcess = useRestoreProcess();
  let reader: DatabaseReader;
  before(async () => (reader = await startDatabaseReader()));
  after(async () => await reader.stop());

  for (const [name, makeInitialState] of Object.entries(INITIAL_STATES)) {
    it(`leaves the complete old or the complete new database over ${name}`, async () => {
      const template = await makeTemplate(makeInitialState);
      for (const [index, call] of template.calls.entries()) {
        const at = index + 1;
        const root = copyOf(template.root);
        await stopAt(root, at, call);
        await assertOldOrNew(root, template, `stopped at ${at}, ${call}`);
        // Every other time, SQLite opens it before the next restore.
        if (at % 2 === 0) await reader.read(join(root, LIVE));
        const again = await run(root);
        assert.ok('outcome' in again, `after a stop at ${call}: ${JSON.stringify(again)}`);
        const settled = await reader.read(join(root, LIVE));
        assert.ok('digest' in settled && settled.digest === template.newDigest, call);
        assertNoLeftovers(root);
        rmSync(root, { recursive: true });
      }
    });

    it(`leaves the complete old or the complete new database, and reports which, on an error over ${name}`, async () => {
      const template = await makeTemplate(makeInitialState);
      const endings = new Set<string>();
      for (const stop of [{ how: 'EIO' }, { how: 'ENOSPC', lasting: true }] as const) {
        for (const [index, call] of template.calls.entries()) {
          if (call.includes('.lock')) continue;
          const root = copyOf(template.root);
          const result = await run(root, { ...stop, at: index + 1 });
          const isNew = await assertOldOrNew(root, template, `${stop.how} at ${call}`);
          const status = 'error' in result ? result.error.code : result.outcome.status;
          assert.match(status, isNew ? /^(restored|io|disk-full)$/ : /^(io|disk-full)$/, `${stop.how} at ${call}`);
          endings.add(status);
          rmSync(join(root, STORE, '.lock'), { force: true });
          const again = await run(root);
          assert.ok('outcome' in again, `after ${stop.how} at ${call}: ${JSON.stringify(again)}`);
          assertNoLeftovers(root);
          rmSync(root, { recursive: true });
        }
      }
      assert.ok(endings.has('io') && endings.has('disk-full'), [...endings].join());
    });
  }

  it('restores a damaged set of files completely after an undo was stopped', async () => {
    const template = await makeTemplate(INITIAL_STATES['no longer a database, with a -wal']);
    const raw = readFileSync(join(template.root, LIVE));
    const rawWal = readFileSync(join(template.root, `${LIVE}-wal`));
    assert.ok('outcome' in (await run(template.root)));
    const emergency = readdirSync(join(template.root, STORE)).find((file) => /emergency_[\d-]+\.db$/.test(file));
    assert.ok(emergency);
    const { calls } = await runRestore({ root: copyOf(template.root), backup: 'undo', withoutNodeSqlite: true });
    for (const [index, call] of calls.entries()) {
      const root = copyOf(template.root);
      await runRestore({ root, backup: 'undo', withoutNodeSqlite: true, stop: { at: index + 1, how: 'dead' } });
      rmSync(join(root, STORE, '.lock'), { force: true });
      const content = await reader.read(join(copyOf(root), LIVE));
      const isRaw = readFileSync(join(root, LIVE)).equals(raw);
      assert.ok(isRaw || ('digest' in content && content.digest === template.newDigest), call);
      const again = await runRestore({ root, backup: emergency });
      assert.ok('outcome' in again, JSON.stringify(again));
      assert.ok(readFileSync(join(root, LIVE)).equals(raw), call);
      assert.ok(readFileSync(join(root, `${LIVE}-wal`)).equals(rawWal), call);
      assertNoLeftovers(root);
      rmSync(root, { recursive: true });
    }
  });

  interface Template {
    readonly root: string;
    readonly old: string;
    readonly newDigest: string;
    readonly calls: readonly string[];
  }

  async function makeTemplate(makeInitialState: (path: string) => void): Promise<Template> {
    const root = folder.join('template');
    makeFeatureDatabase(join(root, LIVE), { features: 100, passing: 40 });
    await createBackup(await findProject(root, realPorts()), { source: 'cli', reason: 'manual' }, realPorts());
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(root, LIVE + suffix), { force: true });
    makeInitialState(join(root, LIVE));
    const old = await reader.read(join(copyOf(root), LIVE));
    const restored = copyOf(root);
    const result = await run(restored);
    assert.ok('outcome' in result, JSON.stringify(result));
    const content = await reader.read(join(restored, LIVE));
    assert.ok('digest' in content && content.integrity === 'ok' && content.features === 100);
    return { root, old: JSON.stringify(old), newDigest: content.digest, calls: result.calls };
  }

  /** Changes of the live database are stopped by a real SIGKILL; others by ignoring all further changes, which is faster. */
  async function stopAt(root: string, at: number, call: string): Promise<void> {
    if (process.env.TEST_LENGTH === 'long' || /(rename|unlink)Sync .*features\.db[^/]*$/.test(call)) {
      const how = at % 3 === 0 ? 'half' : 'kill';
      const result = await restoreProcess.run({ root, backup: 'latest', withoutNodeSqlite: true, stop: { at, how } });
      assert.equal(result, undefined, call);
      return;
    }
    await run(root, { at, how: 'dead' });
    rmSync(join(root, STORE, '.lock'), { force: true });
  }

  /** Returns whether it is the new one. */
  async function assertOldOrNew(root: string, template: Template, when: string): Promise<boolean> {
    const copy = copyOf(root);
    const content = await reader.read(join(copy, LIVE));
    rmSync(copy, { recursive: true });
    const isNew = 'digest' in content && content.digest === template.newDigest && content.integrity === 'ok';
    assert.ok(isNew || JSON.stringify(content) === template.old, `${when}: ${JSON.stringify(content)}`);
    return isNew;
  }

  async function run(root: string, stop?: Stop): Promise<RestoreResult> {
    const result = await runRestore({ root, backup: 'latest', withoutNodeSqlite: true, ...(stop && { stop }) });
    return 'error' in result ? { ...result, calls: [] } : result;
  }

  let copies = 0;
  function copyOf(root: string): string {
    copies += 1;
    const copy = folder.join(`copy-${copies}`);
    cpSync(root, copy, { recursive: true });
    return copy;
  }
});

function assertNoLeftovers(root: string): void {
  const names = existsSync(join(root, '.autoforge')) ? readdirSync(join(root, '.autoforge')) : [];
  const leftovers = names.filter((file) => file.includes('.restore-'));
  assert.deepEqual(leftovers, []);
}
