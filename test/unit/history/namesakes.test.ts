import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { beforeEach, describe, it } from 'mocha';
import { listHistory } from '../../../core/history/listHistory.js';
import { encodeRecord, MAX_STATES, SEGMENT_HEAD } from '../../../core/history/segmentFormat.js';
import { segmentPath } from '../../../core/history/segmentNames.js';
import { deflateMetadata, metadataText } from '../../../core/history/stateMetadata.js';
import type { Backup } from '../../../core/store/backup.js';
import { sha256Of } from '../../../core/system/files/sha256.js';
import { realPorts } from '../../../core/system/ports.js';
import { interferingFiles } from '../../support/interferingFiles.js';
import { listedBackup } from '../../support/listedBackup.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const OLDEST_MS = Date.UTC(2026, 0, 25, 12);

interface State {
  readonly id: string;
  readonly image: string;
  readonly timestamp?: string;
}

describe('history states of one name', () => {
  const folder = useTemporaryFolder();
  const project = () => testProject(folder.path);
  beforeEach(() => mkdirSync(project().storePath));

  /** The images need not be readable here. */
  const putSegment = (number: number, states: readonly State[]): void => {
    let first: string | undefined;
    const records = states.map(({ id, image, timestamp = '2026-01-25T14:46:00Z' }, index) => {
      const { metadata } = listedBackup(id, { metadata: { timestamp } });
      assert.ok(metadata);
      const text = metadataText(id, metadata);
      const deflated = deflateMetadata(text, first);
      first ??= text;
      return encodeRecord({
        kind: index === 0 ? 'full' : 'xor',
        index,
        imageBytes: image.length,
        oldestMs: OLDEST_MS,
        sha256: sha256Of(Buffer.from(image)),
        metadata: deflated,
        payload: deflateRawSync(Buffer.from(image)),
      });
    });
    const path = segmentPath(project().storePath, number, new Date(OLDEST_MS));
    writeFileSync(path, Buffer.concat([SEGMENT_HEAD, ...records]));
  };
  const list = (): readonly Backup[] => {
    const { states, problems } = listHistory(project(), realPorts());
    assert.deepEqual(problems, []);
    return states;
  };
  const idsOf = (...ids: readonly string[]): readonly string[] => {
    putSegment(
      1,
      ids.map((id, index) => ({ id, image: index.toString() })),
    );
    return list()
      .map(({ id }) => id)
      .sort();
  };

  it('get a number after the time, instead of any number there', () => {
    for (const [id, expected] of [
      ['features_598_20260125-144600_a', 'features_598_20260125-144600-2_a'],
      ['features_598_20260125-144600-12_a', 'features_598_20260125-144600-2_a'],
      ['features_7_20260125-144600_after_commit', 'features_7_20260125-144600-2_after_commit'],
      ['features_7_20260125-144600_a\nb', 'features_7_20260125-144600-2_a\nb'],
    ] as const) {
      assert.deepEqual(idsOf(id, id), [id, expected].sort());
    }
  });

  it('get the number at the end if the name has no time where names of backups have it', () => {
    for (const id of ['features_notes', 'features_old_features_598_20260125-144600_a'])
      assert.deepEqual(idsOf(id, id), [id, `${id}-2`]);
  });

  it('are all listed, in any number up to a thousand', () => {
    const id = 'features_598_20260125-144600_a';
    for (let number = 0; number < 8; number += 1) {
      const images = Array.from({ length: MAX_STATES }, (_, index) => `${String(number)} ${String(index)}`);
      putSegment(
        number + 1,
        images.map((image) => ({ id, image })),
      );
    }
    const ids = list().map((state) => state.id);
    assert.equal(ids.length, 1000);
    assert.ok(ids.includes('features_598_20260125-144600-1000_a'));
  });

  it('are compared with a backup of this name, whose metadata is read once', () => {
    const id = 'features_598_20260125-144600_a';
    putSegment(1, [
      { id, image: '1' },
      { id, image: '2' },
      { id, image: '3' },
    ]);
    const path = join(project().storePath, id);
    writeFileSync(`${path}.db`, '2');
    writeFileSync(`${path}.json`, JSON.stringify({ timestamp: '', reason: 'a', sha256: sha256Of(Buffer.from('2')) }));
    let reads = 0;
    const files = interferingFiles(({ name, path: at }) => {
      if (name === 'open' && at === `${path}.json`) reads += 1;
    });
    const { states } = listHistory(project(), { ...realPorts(), files });
    assert.deepEqual(
      states.map((state) => state.metadata?.sha256).sort(),
      ['1', '3'].map((text) => sha256Of(Buffer.from(text))).sort(),
    );
    assert.equal(reads, 1);
  });

  it('have the time of their record if their own is unreadable', () => {
    putSegment(1, [
      { id: 'features_1_20260125-144600_a', image: '1', timestamp: 'yesterday' },
      { id: 'features_1_20260125-144600_b', image: '2', timestamp: '2026-01-25T14:46:00Z' },
    ]);
    const times = Object.fromEntries(list().map(({ id, createdAt }) => [id, createdAt.getTime()]));
    assert.deepEqual(times, {
      'features_1_20260125-144600_a': OLDEST_MS,
      'features_1_20260125-144600_b': Date.UTC(2026, 0, 25, 14, 46),
    });
  });
});
