import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { nodeWithSqlite } from '../../support/otherNode.js';
import { createUncleanDatabase, useSqliteOracle } from '../../support/sqliteOracle.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('snapshot of a busy database, on a Node with its own SQLite', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const oracle = useSqliteOracle();
  let node = '';
  before('find that Node', async () => {
    node = await nodeWithSqlite();
  });

  const take = async (path: string, ...more: string[]): Promise<{ origin: string; fingerprint: unknown }> => {
    await mkdir(folder.join('tmp'), { recursive: true });
    const args = ['--import', 'tsx', '--input-type=module', '-e', TAKE, path, folder.join('image.db'), ...more];
    const options = { cwd: ROOT, env: { ...process.env, TMPDIR: folder.join('tmp') } };
    const { stdout } = await promisify(execFile)(node, args, options);
    return JSON.parse(stdout) as { origin: string; fingerprint: unknown };
  };

  const left = (): readonly string[] =>
    readdirSync(folder.join('tmp')).filter((name) => name.startsWith('feature-backups-'));

  for (const mode of ['WAL', 'DELETE']) {
    it(`is taken by SQLite, with its locks, in ${mode} mode, and leaves no files`, async () => {
      const path = folder.join('features.db');
      createUncleanDatabase(
        path,
        `c.execute('PRAGMA journal_mode=${mode}')\nc.execute('CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)')\nfill(0, 300)`,
      );
      assert.deepEqual(await take(path), { origin: 'sqlite', fingerprint: null });
      const image = readFileSync(folder.join('image.db'));
      assert.deepEqual([image[18], image[19]], [1, 1]);
      assert.equal(await oracle.contentOfImage(image), await oracle.contentOfFiles(path));
      assert.deepEqual(left(), []);
    });
  }

  it('is busy rather than rolling back an interrupted transaction in the live file', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(
      path,
      `c.execute('CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)')\nfill(0, 300)
c.execute('PRAGMA cache_size=2')\nc.execute('BEGIN')\nc.execute("UPDATE t SET b='never committed'")`,
    );
    const before = readFileSync(path);
    assert.deepEqual(await take(path), { code: 'database-busy' });
    assert.deepEqual(readFileSync(path), before);
    assert.deepEqual(left(), []);
  });

  it('removes the copy of a process that was killed while it had one', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, `c.execute('CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)')\nfill(0, 300)`);
    await assert.rejects(take(path, 'killed'), { signal: 'SIGKILL' });
    const [killed = ''] = left();
    assert.ok(statSync(join(folder.join('tmp'), killed, 'snapshot.db')).size > 4096);
    assert.deepEqual(await take(path), { origin: 'sqlite', fingerprint: null });
    assert.deepEqual(left(), []);
  });
});

const ROOT = new URL('../../..', import.meta.url);

const TAKE = `
import fs from 'node:fs';
import { realPorts } from '${new URL('core/system/ports.ts', ROOT).href}';
import { takeSnapshot } from '${new URL('core/snapshot/takeSnapshot.ts', ROOT).href}';
const [path, target, end] = process.argv.slice(1);
const openSync = (at, ...rest) => {
  if (end === 'killed' && at.endsWith('snapshot.db') && rest[0] !== 'wx') process.kill(process.pid, 'SIGKILL');
  if (at === path) throw Object.assign(new Error('busy'), { code: 'EBUSY' });
  return fs.openSync(at, ...rest);
};
const ports = { ...realPorts(), files: { ...fs, openSync } };
try {
  const { image, origin, fingerprint = null } = await takeSnapshot(path, ports, { timeoutMs: 50 });
  fs.writeFileSync(target, image);
  console.log(JSON.stringify({ origin, fingerprint }));
} catch (error) {
  console.log(JSON.stringify({ code: error.code }));
}
`;
