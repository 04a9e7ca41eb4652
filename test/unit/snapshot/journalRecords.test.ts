import assert from 'node:assert/strict';
import nodeFileSystem, { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, it } from 'mocha';
import type { Inconsistency } from '../../../core/snapshot/inconsistency.js';
import { FileWindow } from '../../../core/snapshot/fileWindow.js';
import { GrowingImage } from '../../../core/snapshot/growingImage.js';
import { OpenFiles } from '../../../core/snapshot/openFile.js';
import { rollBack } from '../../../core/snapshot/rollbackJournal.js';
import { takeSnapshot } from '../../../core/snapshot/takeSnapshot.js';
import { realPorts } from '../../../core/system/ports.js';
import { interferingFiles } from '../../support/interferingFiles.js';
import { createUncleanDatabase } from '../../support/sqliteOracle.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const PAGE = 512;
const MAGIC = Buffer.from('d9d505f920a163d7', 'hex');
const START = 4711;

interface HeaderFields {
  readonly count?: number;
  readonly pages?: number;
  readonly sector?: number;
  readonly page?: number;
}

/** "Database File Format", section 3. */
function header({ count = 0xffffffff, pages = 3, sector = 512, page = PAGE }: HeaderFields = {}, padTo = 512): Buffer {
  const bytes = Buffer.alloc(padTo);
  MAGIC.copy(bytes);
  for (const [index, value] of [count, START, pages, sector, page].entries()) bytes.writeUInt32BE(value, 8 + 4 * index);
  return bytes;
}

function record(page: number, text: string, change = 0): Buffer {
  const content = Buffer.alloc(PAGE, text);
  let sum = START;
  for (let at = PAGE - 200; at > 0; at -= 200) sum = (sum + (content[at] ?? 0)) >>> 0;
  const bytes = Buffer.alloc(PAGE + 8);
  bytes.writeUInt32BE(page, 0);
  content.copy(bytes, 4);
  bytes.writeUInt32BE(sum + change, PAGE + 4);
  return bytes;
}

describe('records of a rollback journal', () => {
  const folder = useTemporaryFolder();

  /** The first letter of each page after the rollback of an image whose pages are all `n`. */
  const play = (...parts: readonly Buffer[]): string | Inconsistency => {
    writeFileSync(folder.join('journal'), Buffer.concat(parts));
    const opened = new OpenFiles(nodeFileSystem);
    try {
      const file = opened.open(folder.join('journal'));
      assert.ok(file);
      const image = new GrowingImage(100 * PAGE, folder.join('features.db'));
      image.start(5 * PAGE);
      image.fill(5 * PAGE, (target) => target.fill('n').length);
      const inconsistency = rollBack(image, new FileWindow(file));
      if (inconsistency !== undefined) return inconsistency;
      const pages = Array.from({ length: image.sizeBytes / PAGE }, (_, index) =>
        image.bytes.toString('utf8', index * PAGE, index * PAGE + 1),
      );
      return pages.join('');
    } finally {
      opened.closeAll();
    }
  };
  const codeOf = (played: string | Inconsistency): string => (typeof played === 'string' ? played : played.code);

  it('restore their pages, in a database of the original size', () => {
    assert.equal(play(header(), record(1, 'a'), record(3, 'c')), 'anc');
    assert.equal(play(header({ pages: 7 }), record(7, 'g')), 'nnnnn\0g');
  });

  it('count once for each page: the first is from before the transaction', () => {
    assert.equal(play(header(), record(1, 'a'), record(1, 'x'), record(2, 'b')), 'abn');
    // An unused record need not be complete.
    assert.equal(play(header(), record(1, 'a'), record(1, 'x', 1), record(2, 'b')), 'abn');
  });

  it('of pages that the database did not have are skipped, complete or not', () => {
    assert.equal(play(header(), record(4, 'x'), record(2, 'b')), 'nbn');
    assert.equal(play(header(), record(4, 'x', 1), record(2, 'b')), 'nbn');
  });

  it('end at an incomplete record, one without a page, or one of the lock page', () => {
    assert.equal(play(header(), record(1, 'a'), record(2, 'x', 1), record(3, 'c')), 'ann');
    assert.equal(play(header(), record(1, 'a'), record(0, 'x'), record(3, 'c')), 'ann');
    const lockPage = 0x40000000 / PAGE + 1;
    assert.equal(play(header(), record(1, 'a'), record(lockPage, 'x'), record(3, 'c')), 'ann');
    assert.equal(play(header(), record(1, 'a'), record(lockPage - 1, 'x'), record(3, 'c')), 'anc');
    assert.equal(play(header(), record(1, 'a'), record(2, 'b').subarray(0, -1)), 'ann');
  });

  it('are as many as the header states, and continue after the next header, at the next sector', () => {
    assert.equal(play(header({ count: 1 }), record(1, 'a'), record(2, 'x')), 'ann');
    assert.equal(play(header({ count: 0 }), record(1, 'a')), 'nnn');
    const padding = Buffer.alloc(2 * 512 - (PAGE + 8));
    // Only the first header's sizes count.
    const second = header({ count: 1, pages: 9, sector: 7, page: 3 });
    assert.equal(play(header({ count: 1 }), record(1, 'a'), padding, second, record(2, 'b')), 'abn');
    assert.equal(play(header({ count: 1 }), record(1, 'a', 1), padding, second, record(2, 'b')), 'nnn');
    assert.equal(play(header({ count: 2 }), record(1, 'a')), 'ann');
  });

  it('begin after a sector of any size', () => {
    assert.equal(play(header({ sector: 32 }, 32), record(1, 'a')), 'ann');
    assert.equal(play(header({ sector: 65536 }, 65536), record(1, 'a')), 'ann');
    for (const sector of [0, 16, 48, 131072])
      assert.equal(codeOf(play(header({ sector }), record(1, 'a'))), 'unreadable-journal');
  });

  it('cannot be used without a header, with an impossible page size, or for a database that is too large', () => {
    assert.equal(codeOf(play(header().fill('x', 0, 1), record(1, 'a'))), 'unreadable-journal');
    assert.equal(codeOf(play(header().subarray(0, 27))), 'unreadable-journal');
    assert.equal(codeOf(play(header({ page: 500 }))), 'unreadable-journal');
    assert.equal(codeOf(play(header({ pages: 101 }))), 'unreadable-journal');
    assert.equal(codeOf(play(header({ pages: 100 }))).length, 100);
  });
});

describe('snapshot while a transaction may end', () => {
  const folder = useTemporaryFolder();
  const path = (): string => folder.join('features.db');
  const journal = (): string => `${path()}-journal`;
  const KILLED = `
c.execute('PRAGMA journal_mode=DELETE')
c.execute('CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)')
c.execute('BEGIN'); fill(0, 500); c.execute('COMMIT')
c.execute('PRAGMA cache_size=4')
c.execute('BEGIN')
c.execute("UPDATE t SET b = b || 'never committed'")
`;
  /** Acts once, when the journal is checked a second time: the database has been read by then. */
  const attemptsWhile = async (act: () => void): Promise<number> => {
    let isDone = false;
    const files = interferingFiles(({ name, path: at }) => {
      if (name !== 'stat' || at !== journal() || isDone) return;
      isDone = true;
      act();
    });
    const { attempts } = await takeSnapshot(path(), { ...realPorts(), files });
    assert.ok(isDone);
    return attempts;
  };
  beforeEach(() => {
    createUncleanDatabase(path(), KILLED);
  });

  it('is retried if another transaction has begun in the same journal', async () => {
    const attempts = await attemptsWhile(() => {
      const bytes = readFileSync(journal());
      bytes.writeUInt32BE((bytes.readUInt32BE(12) + 1) >>> 0, 12);
      writeFileSync(journal(), bytes);
    });
    assert.equal(attempts, 2);
  });

  it('is taken at once if the same transaction continues', async () => {
    const attempts = await attemptsWhile(() => {
      const bytes = readFileSync(journal());
      bytes.writeUInt32BE(0, 8);
      writeFileSync(journal(), bytes);
    });
    assert.equal(attempts, 1);
  });

  it('is retried if the transaction has ended, or the database was replaced', async () => {
    assert.equal(
      await attemptsWhile(() => {
        rmSync(journal());
      }),
      2,
    );
    createUncleanDatabase(path(), 'c.execute("DROP TABLE t")');
    createUncleanDatabase(path(), KILLED);
    const attempts = await attemptsWhile(() => {
      copyFileSync(path(), folder.join('other.db'));
      renameSync(folder.join('other.db'), path());
    });
    assert.equal(attempts, 2);
  });

  it('is refused if a log exists beside the journal, because either could be valid', async () => {
    writeFileSync(`${path()}-wal`, 'anything');
    await assert.rejects(takeSnapshot(path(), realPorts()), { code: 'unreadable-journal', message: /exists beside/ });
    writeFileSync(`${path()}-wal`, '');
    assert.equal((await takeSnapshot(path(), realPorts())).origin, 'journal');
  });
});
