import assert from 'node:assert/strict';
import nodeFileSystem, { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { FileWindow } from '../../../core/snapshot/fileWindow.js';
import { OpenFiles } from '../../../core/snapshot/openFile.js';
import { superJournalOf } from '../../../core/snapshot/superJournal.js';
import { takeSnapshot } from '../../../core/snapshot/takeSnapshot.js';
import { realPorts } from '../../../core/system/ports.js';
import { createUncleanDatabase, useSqliteOracle } from '../../support/sqliteOracle.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

/**
 * A process that a file size limit kills while it commits a transaction over two databases: the first has all its
 * pages, the second has not. The transaction is committed when the super-journal, which both journals name, is
 * deleted.
 */
const KILLED_IN_A_COMMIT_OF_TWO = `
import resource, signal
if os.fork() > 0:
  os.wait()
  os._exit(0)
c = sqlite3.connect(path, isolation_level=None)
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
c.execute('PRAGMA synchronous=NORMAL')
c.execute('PRAGMA journal_mode=DELETE')
c.execute('CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)')
c.execute('BEGIN'); fill(0, 2000); c.execute('COMMIT')
c.execute('ATTACH ? AS other', [path + '.other'])
c.execute('PRAGMA other.cache_size=-50000')
c.execute('CREATE TABLE other.u(a)')
c.execute('BEGIN')
c.execute("UPDATE main.t SET b = 'changed' || b WHERE a < 900")
c.execute('INSERT INTO other.u VALUES (zeroblob(4000000))')
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (2000000, 2000000))
c.execute('COMMIT')
`;

describe('snapshot of a database in a transaction over several', () => {
  const folder = useTemporaryFolder();
  const oracle = useSqliteOracle();

  const create = (): { readonly path: string; readonly superJournal: string } => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, KILLED_IN_A_COMMIT_OF_TWO);
    const name = readdirSync(folder.path).find((file) => file.includes('-mj'));
    assert.ok(name !== undefined, 'SQLite has written a super-journal');
    return { path, superJournal: folder.join(name) };
  };

  const snapshotAsSqlite = async (path: string): Promise<string> => {
    const { image, origin } = await takeSnapshot(path, realPorts());
    assert.equal(origin, 'journal');
    const content = await oracle.contentOfImage(image);
    assert.equal(content, await oracle.contentOfFiles(path));
    assert.match(content, /^ok \|/);
    return content;
  };

  it('rolls it back while the super-journal exists, and includes it once that is deleted', async () => {
    const { path, superJournal } = create();
    const before = await snapshotAsSqlite(path);
    rmSync(superJournal);
    const committed = await snapshotAsSqlite(path);
    assert.notEqual(committed, before);
  });

  it('ignores a name with a wrong checksum, as SQLite does', async () => {
    const { path, superJournal } = create();
    const before = await snapshotAsSqlite(path);
    const journal = readFileSync(`${path}-journal`);
    journal.writeUInt32BE(journal.readUInt32BE(journal.length - 12) + 1, journal.length - 12);
    writeFileSync(`${path}-journal`, journal);
    rmSync(superJournal);
    assert.equal(await snapshotAsSqlite(path), before);
  });

  it('ignores a name with an impossible length', async () => {
    const { path } = create();
    const journal = readFileSync(`${path}-journal`);
    for (const length of [0, 600, journal.length, 0xffffffff]) {
      journal.writeUInt32BE(length, journal.length - 16);
      writeFileSync(`${path}-journal`, journal);
      await snapshotAsSqlite(path);
    }
  });

  for (const [when, deleteAt] of [
    ['after it was found', 1],
    ['after the journal was read', 2],
  ] as const) {
    it(`tries again if the super-journal is deleted ${when}`, async () => {
      const { path, superJournal } = create();
      const ports = realPorts();
      let calls = 0;
      const statSync = ((...args: Parameters<typeof ports.files.statSync>) => {
        if (args[0] === superJournal && (calls += 1) > deleteAt) rmSync(superJournal, { force: true });
        return ports.files.statSync(...args);
      }) as typeof ports.files.statSync;
      const { image } = await takeSnapshot(path, { ...ports, files: { ...ports.files, statSync } });
      assert.equal(await oracle.contentOfImage(image), await oracle.contentOfFiles(path));
    });
  }
});

describe('the name of a super-journal', () => {
  const folder = useTemporaryFolder();
  const MAGIC = Buffer.from('d9d505f920a163d7', 'hex');

  const nameIn = (content: Buffer): string | undefined => {
    writeFileSync(folder.join('journal'), content);
    const opened = new OpenFiles(nodeFileSystem);
    try {
      const file = opened.open(folder.join('journal'));
      assert.ok(file);
      return superJournalOf(new FileWindow(file));
    } finally {
      opened.closeAll();
    }
  };
  const sum = (bytes: Buffer, isSigned = false): number =>
    bytes.reduce((total, byte) => total + (isSigned && byte > 127 ? byte - 256 : byte), 0) >>> 0;
  const journal = (name: Buffer, { length = name.length, checksum = sum(name), magic = MAGIC } = {}): Buffer => {
    const numbers = Buffer.alloc(8);
    numbers.writeUInt32BE(length, 0);
    numbers.writeUInt32BE(checksum, 4);
    return Buffer.concat([Buffer.alloc(512), name, numbers, magic]);
  };
  const NAME = Buffer.from('/shop/features.db-mj1');

  it('is found at the end of a journal, with the checksum of either kind of char', () => {
    assert.equal(nameIn(journal(NAME)), NAME.toString());
    const accented = Buffer.from('/läden/features.db-mj1');
    assert.equal(nameIn(journal(accented)), accented.toString());
    assert.equal(nameIn(journal(accented, { checksum: sum(accented, true) })), accented.toString());
    assert.equal(nameIn(journal(Buffer.from('/shop\0/more'))), '/shop');
    assert.equal(nameIn(journal(Buffer.alloc(512, 'n'))), 'n'.repeat(512));
  });

  it('is ignored where SQLite ignores it', () => {
    for (const invalid of [
      journal(NAME, { checksum: sum(NAME) + 1 }),
      journal(NAME, { magic: Buffer.alloc(8, 1) }),
      journal(Buffer.alloc(0)),
      journal(Buffer.alloc(1)),
      journal(Buffer.alloc(513, 'n')),
      journal(NAME, { length: 10_000 }),
      MAGIC,
    ])
      assert.equal(nameIn(invalid), undefined);
  });
});
