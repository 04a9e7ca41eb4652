import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { MAX_IMAGE_BYTES, readStoredFile } from '../../../core/store/readStoredFile.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts } from '../../../core/system/ports.js';
import { interferingFiles, systemError } from '../../support/interferingFiles.js';
import { listedBackup } from '../../support/listedBackup.js';
import { makeSocket } from '../../support/blockers.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('stored file', () => {
  const folder = useTemporaryFolder();
  const path = () => folder.join('features_1_20260125-144600_a.db');
  const read = (suffix = '', expectedBytes?: number, ports = realPorts()): Buffer | undefined =>
    readStoredFile(listedBackup('features_1_20260125-144600_a', { path: path() }), suffix, ports, expectedBytes);
  const isDamaged = (error: unknown): boolean => error instanceof BackupError && error.code === 'backup-damaged';

  it('is read if it has the expected length, or if that is unknown', () => {
    writeFileSync(path(), 'image');
    writeFileSync(`${path()}-wal`, 'log');
    assert.equal(read()?.toString(), 'image');
    assert.equal(read('', 5)?.toString(), 'image');
    assert.equal(read('-wal', 3)?.toString(), 'log');
    for (const bytes of [0, 4, 6]) assert.throws(() => read('', bytes), isDamaged, bytes.toString());
    assert.equal(read('-journal', 3), undefined);
    assert.throws(() => read('', 6), { message: /is damaged: it has 5 bytes instead of 6/ });
    assert.throws(() => read('-wal', 6), { message: /is damaged: its -wal file has 3 bytes instead of 6/ });
  });

  it('is damaged if it is a link, a folder or a socket', async () => {
    writeFileSync(folder.join('outside'), 'image');
    symlinkSync(folder.join('outside'), path());
    assert.throws(() => read(), isDamaged);
    mkdirSync(`${path()}-wal`);
    assert.throws(() => read('-wal'), isDamaged);
    const close = await makeSocket(`${path()}-journal`);
    try {
      assert.throws(() => read('-journal'), isDamaged);
    } finally {
      await close();
    }
  });

  it('is refused if it is larger than any image that can be read', () => {
    writeFileSync(path(), '');
    truncateSync(path(), MAX_IMAGE_BYTES + 1);
    assert.throws(() => read(), { code: 'too-large' });
  });

  it('is read up to the last byte of that size', () => {
    writeFileSync(path(), '');
    truncateSync(path(), MAX_IMAGE_BYTES);
    // Reading it all would take seconds.
    const files = interferingFiles(({ name }) => {
      if (name === 'read') throw systemError('EIO');
    });
    assert.throws(() => read('', undefined, { ...realPorts(), files }), { code: 'io' });
  });

  it('is not damaged if reading it fails temporarily', () => {
    writeFileSync(path(), 'image');
    const files = interferingFiles(({ name }) => {
      if (name === 'open') throw systemError('EIO');
    });
    assert.throws(() => read('', 5, { ...realPorts(), files }), { code: 'io' });
  });
});
