import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { before, describe, it } from 'mocha';
import { readReplacement, makeSelfContained } from '../../../core/restore/replacement.js';
import { BackupError } from '../../../core/system/errors.js';
import { sha256Of } from '../../../core/system/files/sha256.js';
import { realPorts } from '../../../core/system/ports.js';
import { listedBackup, type ListedBackup } from '../../support/listedBackup.js';
import { fixtureImage } from '../../support/madeImage.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('self-contained image', () => {
  const image = (written: number, read: number): Buffer => {
    const bytes = Buffer.alloc(512, 0x55);
    bytes[18] = written;
    bytes[19] = read;
    return bytes;
  };

  for (const [written, read] of [
    [2, 2],
    [2, 1],
    [1, 2],
  ] as const) {
    it(`is in rollback mode for writers and readers, and leaves the original unchanged (${written}, ${read})`, () => {
      const given = image(written, read);
      assert.deepEqual(makeSelfContained(given), image(1, 1));
      assert.deepEqual(given, image(written, read));
    });
  }

  it('is the original if that is in rollback mode, or too short for a header', () => {
    for (const given of [image(1, 1), image(2, 2).subarray(0, 99)]) assert.equal(makeSelfContained(given), given);
  });
});

describe('backup that replaces the live database', () => {
  const folder = useTemporaryFolder();
  let sound: Buffer;
  let damaged: Buffer;
  before(() => {
    sound = fixtureImage('2-after-200-passing');
    damaged = Buffer.from(sound).fill(0xff, sound.length - 4096);
  });
  const read = async (image: Buffer, changes: ListedBackup = {}) => {
    const path = folder.join('backup.db');
    writeFileSync(path, image);
    const facts = { backupSizeBytes: image.length, sha256: sha256Of(image) };
    const metadata = changes.metadata && { ...facts, ...changes.metadata };
    return await readReplacement(
      listedBackup('features_598_20260125-144600_a', { path, ...changes, metadata }),
      realPorts(),
    );
  };
  const isDamaged = (error: unknown): boolean => error instanceof BackupError && error.code === 'backup-damaged';

  it('is checked, and passes', async () => {
    const { image, inspection, sideFiles } = await read(sound, { metadata: {} });
    assert.deepEqual(
      [image.equals(makeSelfContained(sound)), inspection?.check.ok, sideFiles],
      [true, true, undefined],
    );
  });

  it('is refused if it is damaged, even if its checksum matches', async () => {
    await assert.rejects(read(damaged, { metadata: { sha256: sha256Of(damaged) } }), isDamaged);
  });

  it('may be damaged if it is an emergency backup of a damaged database with a matching checksum', async () => {
    const emergency = { kind: 'emergency' } as const;
    const { image, inspection } = await read(damaged, { ...emergency, metadata: { sha256: sha256Of(damaged) } });
    assert.deepEqual([image.equals(damaged), inspection], [true, undefined]);
    await assert.rejects(read(damaged, { ...emergency, metadata: { sha256: sha256Of(sound) } }), isDamaged);
    await assert.rejects(read(damaged, { ...emergency, metadata: undefined }), isDamaged);
    assert.equal((await read(sound, { ...emergency, metadata: {} })).inspection?.check.ok, true);
  });

  it('may be the raw files of a damaged database, if they match their checksums or have none', async () => {
    const raw = { kind: 'emergency', content: 'raw' } as const;
    const bytes = Buffer.from('no database');
    writeFileSync(folder.join('backup.db-journal'), 'journal');
    const sideFiles = [{ suffix: '-journal', bytes: Buffer.from('journal') }];
    assert.deepEqual(await read(bytes, { ...raw, metadata: undefined }), {
      image: bytes,
      sideFiles,
      inspection: undefined,
    });
    const known = { ...raw, metadata: { sha256: sha256Of(bytes) } };
    assert.deepEqual(await read(bytes, known), { image: bytes, sideFiles, inspection: undefined });
    await assert.rejects(read(bytes, { ...raw, metadata: { sha256: sha256Of(sound) } }), isDamaged);
    const unknown = await read(bytes, { ...raw, metadata: { sha256: undefined } });
    assert.deepEqual(unknown.image, bytes);
  });
});
