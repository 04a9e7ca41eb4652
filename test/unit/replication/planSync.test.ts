import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { describeCopy } from '../../../core/replication/copyMetadata.js';
import { planSync, type SyncPlan } from '../../../core/replication/planSync.js';
import type { Copy } from '../../../core/replication/readTarget.js';
import type { LiveCondition } from '../../../core/live/index.js';
import type { Backup } from '../../../core/store/backup.js';
import { listedBackup } from '../../support/listedBackup.js';
import { TEST_RETENTION } from '../../support/testProject.js';

const NOW = new Date('2026-01-25T18:00:00Z');
const KEEP_ALL = { ...TEST_RETENTION, keepLast: 100 };
const KEEP_ONE = { ...TEST_RETENTION, keepLast: 1, keepDaily: 0, keepWeekly: 0 };
const CHECKED = { at: NOW.toISOString(), check: 'integrity_check' } as const;
const STORED = { sizeBytes: 1000, sha256: 'a'.repeat(64) };

const idOf = (number: number): string => `features_598_20260125-12000${number.toString()}_a`;
const backup = (number: number, changes: Parameters<typeof listedBackup>[1] = {}): Backup =>
  listedBackup(idOf(number), { createdAt: new Date(Date.UTC(2026, 0, 25, 12, 0, number)), ...changes });
const copyOf = (of: Backup, sha256 = of.metadata?.sha256 ?? 'unknown'): Copy => {
  const copy = describeCopy(of, { sha256, sizeBytes: 4096 }, STORED);
  return { backup: { ...of, path: `/nas/${of.id}.db.gz`, metadata: copy.metadata }, copy };
};

/** Newest first, as in a catalog. */
function plan(
  local: readonly Backup[],
  copies: readonly Copy[] = [],
  { target = KEEP_ALL, store = KEEP_ALL } = {},
  live: LiveCondition = 'sound',
) {
  return idsIn(planSync(local, copies, { target, store }, NOW, live));
}

function idsIn({ copy, update, present, remove, skipped }: SyncPlan) {
  return {
    copy: copy.map(({ id }) => id),
    update: update.map(({ id }) => id),
    present: present.map((each) => each.backup.id),
    remove: remove.map((each) => each.backup.id),
    skipped,
  };
}

const NOTHING = { copy: [], update: [], present: [], remove: [], skipped: [] };

describe('sync plan', () => {
  it('copies local backups that are missing at the target, and nothing else', () => {
    const [one, two] = [backup(1), backup(2)];
    assert.deepEqual(plan([two, one], [copyOf(one)]), { ...NOTHING, copy: [two.id], present: [one.id] });
    assert.deepEqual(plan([two, one], [copyOf(two), copyOf(one)]), { ...NOTHING, present: [two.id, one.id] });
  });

  it('skips backups that cannot be copied, and gives the reason', () => {
    const skipped = (changes: Parameters<typeof listedBackup>[1], id = idOf(1)) =>
      plan([{ ...backup(1, changes), id }]);
    const path = '/store/x.json';
    assert.deepEqual(
      skipped({ metadata: undefined, metadataProblem: { path, kind: 'damaged', reason: 'x' } }).skipped,
      [{ id: idOf(1), why: 'metadata-unknown' }],
    );
    assert.deepEqual(skipped({ kind: 'emergency', content: 'raw' }).skipped, [{ id: idOf(1), why: 'raw-files' }]);
    const unusual = 'features_598_20260125-120001_ä';
    assert.deepEqual(skipped({}, unusual), { ...NOTHING, skipped: [{ id: unusual, why: 'unusual-name' }] });
    const verified = { at: '2026-01-25T12:00:00Z', check: 'integrity_check', ok: false } as const;
    assert.deepEqual(skipped({ metadata: { verified } }), { ...NOTHING, skipped: [{ id: idOf(1), why: 'damaged' }] });
    assert.deepEqual(skipped({}).copy, [idOf(1)]);
  });

  it('copies emergency backups of a damaged database, and backups that were never verified', () => {
    const verified = { at: '2026-01-25T12:00:00Z', check: 'integrity_check', ok: false } as const;
    const saved = backup(1, { kind: 'emergency', metadata: { verified, content: 'database', problems: ['x'] } });
    assert.deepEqual(plan([saved]).copy, [saved.id]);
    const unverified = backup(1, { metadata: { verified: undefined } });
    assert.deepEqual(plan([unverified]).copy, [unverified.id]);
    const without = backup(1, { metadata: undefined });
    assert.deepEqual(plan([without]).copy, [without.id]);
  });

  it('keeps the copy of a skipped backup, whatever the policy', () => {
    const unknown = backup(1, {
      metadata: undefined,
      metadataProblem: { path: '/store/x.json', kind: 'damaged', reason: 'x' },
    });
    const newest = backup(2);
    const { present, remove } = plan([newest, unknown], [copyOf(backup(1))], { target: KEEP_ONE });
    assert.deepEqual([present, remove], [[unknown.id], []]);
  });

  it('replaces a copy with another image, unless the checksum of the backup is unknown', () => {
    const one = backup(1);
    assert.deepEqual(plan([one], [copyOf(one, 'b'.repeat(64))]), { ...NOTHING, copy: [one.id] });
    const old = backup(1, { metadata: undefined });
    assert.deepEqual(plan([old], [copyOf(old, 'b'.repeat(64))]), { ...NOTHING, present: [old.id] });
  });

  it('updates changed metadata without the image', () => {
    const one = backup(1);
    const pinned = backup(1, { metadata: { pinned: true } });
    assert.deepEqual(plan([pinned], [copyOf(one)]), { ...NOTHING, update: [one.id], present: [one.id] });
  });

  it('removes what the target’s policy does not keep, and copies nothing that it would remove', () => {
    const [one, two, three] = [backup(1), backup(2), backup(3)];
    assert.deepEqual(plan([three], [copyOf(two), copyOf(one)], { target: KEEP_ONE }), {
      ...NOTHING,
      copy: [three.id],
      remove: [two.id, one.id],
    });
    assert.deepEqual(plan([three, two, one], [], { target: KEEP_ONE }).copy, [three.id]);
    for (const live of ['damaged', 'shrunk'] as const) {
      const kept = plan([three, two], [copyOf(one)], { target: KEEP_ONE }, live);
      assert.deepEqual(kept, { ...NOTHING, copy: [three.id, two.id], present: [one.id] }, live);
    }
  });

  it('copies backups that are still to be archived, because the history at the target lacks them', () => {
    const [one, two] = [backup(1), backup(2)];
    assert.deepEqual(plan([two, one], [], { target: KEEP_ONE, store: KEEP_ONE }).copy, [two.id, one.id]);
  });

  it('never removes the copy of a pinned backup or of the last good one', () => {
    const pinned = backup(1, { metadata: { pinned: true } });
    const good = backup(2);
    const unverified = backup(3, { metadata: { verified: undefined } });
    const { copy } = plan([unverified, good, pinned], [], { target: KEEP_ONE });
    assert.deepEqual(copy, [unverified.id, good.id, pinned.id]);
    const damaged = backup(1, { metadata: { pinned: true, verified: { ...CHECKED, ok: false } } });
    assert.deepEqual(plan([good, damaged], [copyOf(good), copyOf(backup(1))], { target: KEEP_ONE }).remove, []);
  });
});
