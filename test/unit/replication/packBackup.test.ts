import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeEach, describe, it } from 'mocha';
import { packBackup } from '../../../core/replication/packBackup.js';
import type { Project } from '../../../core/project/project.js';
import { readCatalog } from '../../../core/store/openStore.js';
import type { Backup } from '../../../core/store/backup.js';
import { BackupError } from '../../../core/system/errors.js';
import { sha256Of } from '../../../core/system/files/sha256.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { interferingFiles, systemError } from '../../support/interferingFiles.js';
import { flipByte, projectWithBackups } from '../../support/replication/copies.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('packed backup', () => {
  const folder = useTemporaryFolder();
  let project: Project;
  let backup: Backup;
  const pack = async (of = backup, ports: Ports = realPorts()) => await packBackup(project, of, ports);
  const hasCode =
    (code: string) =>
    (error: unknown): boolean =>
      error instanceof BackupError && error.code === code;

  beforeEach(async () => {
    project = await projectWithBackups(folder.join('shop'), 2);
    const found = readCatalog(project, realPorts()).backups.at(-1);
    assert.ok(found);
    backup = found;
  });

  it('has the same bytes on every platform, with its checksums', async () => {
    const packed = await pack();
    assert.ok(packed);
    assert.equal(packed.content[9], 255);
    assert.deepEqual(packed.content.subarray(4, 8), Buffer.alloc(4), 'no time');
    const image = gunzipSync(packed.content);
    const { metadata, stored } = packed.copy;
    assert.deepEqual([metadata.sha256, metadata.backupSizeBytes], [sha256Of(image), image.length]);
    assert.deepEqual(stored, { sizeBytes: packed.content.length, sha256: sha256Of(packed.content) });
    assert.ok(packed.content.length < image.length / 5);
    assert.deepEqual((await pack())?.content, packed.content);
  });

  it('is read in its current form if it was compressed after listing', async () => {
    const plain = await pack();
    writeFileSync(folder.join('packed'), gzipSync(gunzipSync(plain?.content ?? '')));
    rmSync(backup.path);
    renameSync(folder.join('packed'), `${backup.path}.gz`);
    const listed = readCatalog(project, realPorts()).backups.at(-1);
    assert.ok(listed?.compressed);
    assert.deepEqual((await pack(backup))?.content, plain?.content);
    writeFileSync(backup.path, gunzipSync(plain?.content ?? ''));
    rmSync(`${backup.path}.gz`);
    assert.deepEqual((await pack(listed))?.content, plain?.content);
    // It is deleted before the compressed file is found.
    const files = interferingFiles(({ name, path }) => {
      if (name === 'open' && path === backup.path) throw systemError('ENOENT');
    });
    assert.equal(await pack(listed, { ...realPorts(), files }), undefined);
  });

  it('is undefined if it was pruned meanwhile', async () => {
    rmSync(backup.path);
    assert.equal(await pack(), undefined);
  });

  it('is refused if it is damaged or cannot be read', async () => {
    const files = interferingFiles(({ name, path }) => {
      if (name === 'open' && path === backup.path) throw systemError('EIO');
    });
    await assert.rejects(pack(backup, { ...realPorts(), files }), hasCode('io'));
    flipByte(backup.path);
    await assert.rejects(pack(), hasCode('backup-damaged'));
    const { metadata } = backup;
    assert.ok(metadata);
    const unknown = { ...backup, metadata: { ...metadata, sha256: undefined } };
    assert.ok(await pack(unknown), 'no checksum was recorded');
  });
});
