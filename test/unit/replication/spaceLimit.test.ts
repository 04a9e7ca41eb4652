import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { describeCopy } from '../../../core/replication/copyMetadata.js';
import { SpaceLimit, type VaultSpace } from '../../../core/replication/spaceLimit.js';
import type { SyncPlan } from '../../../core/replication/planSync.js';
import type { Copy } from '../../../core/replication/readTarget.js';
import type { Backup } from '../../../core/store/backup.js';
import { listedBackup, type ListedBackup } from '../../support/listedBackup.js';

const at = (number: number): Date => new Date(Date.UTC(2026, 0, 25, 12, 0, number));
const idOf = (number: number): string => `features_598_20260125-12000${number.toString()}_a`;
/** A new backup; compressed, it has 10 bytes. */
const backup = (number: number, changes: ListedBackup = {}): Backup =>
  listedBackup(idOf(number), { createdAt: at(number), ...changes });
/** A copy of 10 bytes. */
const copyOf = (of: Backup, sizeBytes = 10): Copy => {
  const copy = describeCopy(of, { sha256: 'a', sizeBytes: 4096 }, { sizeBytes, sha256: 'b' });
  return { backup: { ...of, metadata: copy.metadata }, copy };
};
const damaged = { verified: { at: at(0).toISOString(), check: 'integrity_check', ok: false } } as const;

const STORED_BYTES = 10;

interface Given {
  readonly copy?: readonly Backup[];
  readonly present?: readonly Copy[];
  readonly remove?: readonly Copy[];
  readonly unreadable?: readonly string[];
  readonly pins?: readonly Copy[];
  readonly space?: Partial<VaultSpace>;
}

function limit({ copy = [], present = [], remove = [], unreadable = [], pins = [], space = {} }: Given) {
  const update = present.map(({ backup: { id }, copy: metadata }) => {
    const isPinned = pins.some((each) => each.backup.id === id);
    return { id, copy: { ...metadata, metadata: { ...metadata.metadata, pinned: isPinned } } };
  });
  const plan: SyncPlan = { copy, update, present, remove, skipped: [] };
  const roomy: VaultSpace = { projectBytes: 1000, totalBytes: 1000, others: [], isAtTarget: () => false };
  const spaceLimit = new SpaceLimit(plan, { ...roomy, ...space });
  const readable = spaceLimit.copy.filter(({ id }) => !unreadable.includes(id));
  const copied = readable.filter((each) => spaceLimit.hasRoomFor(each) && spaceLimit.reserve(each, STORED_BYTES));
  const limited = spaceLimit.limited();
  assert.deepEqual(
    limited.update.map(({ id }) => id),
    limited.present.map((each) => each.backup.id),
  );
  return {
    copy: copied.map(({ id }) => id),
    present: limited.present.map((each) => each.backup.id),
    remove: limited.remove.map((each) => each.backup.id),
  };
}

const ids = (...numbers: readonly number[]): readonly string[] => numbers.map(idOf);

describe('the limit of the vault', () => {
  it('changes nothing while everything fits, to the last byte', () => {
    const given = { copy: [backup(3)], present: [copyOf(backup(2)), copyOf(backup(1))], remove: [copyOf(backup(0))] };
    const all = { copy: ids(3), present: ids(2, 1), remove: ids(0) };
    assert.deepEqual(limit(given), all);
    assert.deepEqual(limit({ ...given, space: { projectBytes: 30 } }), all);
    assert.deepEqual(limit({ ...given, space: { totalBytes: 30 } }), all);
    assert.deepEqual(limit({}), { copy: [], present: [], remove: [] });
  });

  it('removes the oldest copies, and does not make new ones that are older', () => {
    const given = { copy: [backup(4), backup(1)], present: [copyOf(backup(3)), copyOf(backup(2))] };
    assert.deepEqual(limit({ ...given, space: { projectBytes: 39 } }), {
      copy: ids(4),
      present: ids(3, 2),
      remove: [],
    });
    assert.deepEqual(limit({ ...given, space: { projectBytes: 29 } }), {
      copy: ids(4),
      present: ids(3),
      remove: ids(2),
    });
    assert.deepEqual(limit({ ...given, space: { totalBytes: 19 } }), { copy: ids(4), present: [], remove: ids(3, 2) });
  });

  it('keeps no older copy in place of a larger newer one', () => {
    const given = { copy: [backup(4)], present: [copyOf(backup(3), 100), copyOf(backup(2)), copyOf(backup(1))] };
    assert.deepEqual(limit({ ...given, space: { projectBytes: 50 } }), {
      copy: ids(4),
      present: [],
      remove: ids(3, 2, 1),
    });
  });

  it('always keeps the last good backup', () => {
    for (const space of [{ projectBytes: 0 }, { projectBytes: -100 }, { totalBytes: 0 }]) {
      assert.deepEqual(limit({ copy: [backup(2)], present: [copyOf(backup(1))], space }), {
        copy: ids(2),
        present: [],
        remove: ids(1),
      });
      assert.deepEqual(limit({ copy: [backup(2, { metadata: damaged })], present: [copyOf(backup(1))], space }), {
        copy: [],
        present: ids(1),
        remove: [],
      });
    }
  });

  it('counts the last good backup first, however old', () => {
    const copy = [backup(3, { metadata: damaged }), backup(2, { metadata: damaged })];
    const given = { copy, present: [copyOf(backup(1))] };
    assert.deepEqual(limit({ ...given, space: { projectBytes: 20 } }), { copy: ids(3), present: ids(1), remove: [] });
  });

  it('removes first what a target contains too, the oldest of these first', () => {
    const present = [5, 4, 3, 2, 1].map((number) => copyOf(backup(number)));
    const isAtTarget = (id: string): boolean => ids(5, 4, 2).includes(id);
    const presentWith = (projectBytes: number) => limit({ present, space: { projectBytes, isAtTarget } }).present;
    assert.deepEqual(presentWith(40), ids(5, 4, 3, 1));
    assert.deepEqual(presentWith(30), ids(5, 3, 1), 'the last good one stays');
    assert.deepEqual(presentWith(20), ids(5, 3));
    assert.deepEqual(presentWith(10), ids(5));
  });

  it('counts copies of other projects in the total only if they are newer', () => {
    const present = [4, 3, 2].map((number) => copyOf(backup(number)));
    const others = [
      { createdAtMs: at(3).getTime() + 1, sizeBytes: 10 },
      { createdAtMs: at(1).getTime(), sizeBytes: 1000 },
    ];
    const presentWith = (totalBytes: number) => limit({ present, space: { totalBytes, others } }).present;
    assert.deepEqual(presentWith(40), ids(4, 3, 2));
    assert.deepEqual(presentWith(39), ids(4, 3));
    assert.deepEqual(presentWith(29), ids(4));
    const small = limit({ present, space: { projectBytes: 30, others } });
    assert.deepEqual(small.present, ids(4, 3, 2), 'they do not count for the project');
  });

  it('counts what is never removed from other projects, such as their history', () => {
    const present = [2, 1].map((number) => copyOf(backup(number)));
    const others = [{ createdAtMs: Infinity, sizeBytes: 15 }];
    assert.deepEqual(limit({ present, space: { totalBytes: 30, others } }).present, ids(2));
  });

  it('keeps pinned copies, and those that this sync pins or whose pin is unknown', () => {
    const damagedMetadata = { path: '/a.json', kind: 'damaged', reason: 'it is not JSON' } as const;
    const unknown = backup(4, { metadataProblem: damagedMetadata });
    const nowPinned = copyOf(backup(2));
    const present = [copyOf(backup(5)), copyOf(unknown), copyOf(backup(3, { metadata: { pinned: true } }))];
    // The copy is pinned, and this sync ends that.
    const formerlyPinned = copyOf(backup(1, { metadata: { pinned: true } }));
    const given = { present: [...present, nowPinned, formerlyPinned], pins: [...present.slice(2), nowPinned] };
    const copy = [backup(6), backup(0, { metadata: { pinned: true } })];
    assert.deepEqual(limit({ ...given, copy, space: { projectBytes: 0 } }), {
      copy: ids(6, 0),
      present: ids(4, 3, 2),
      remove: ids(5, 1),
    });
  });

  it('keeps the best existing copy if the image of the last good backup cannot be read', () => {
    const given = { copy: [backup(3)], present: [copyOf(backup(2)), copyOf(backup(1))], unreadable: ids(3) };
    assert.deepEqual(limit({ ...given, space: { projectBytes: 0 } }), { copy: [], present: ids(2), remove: ids(1) });
  });

  it('asks for no copy when the room is used up', () => {
    const present = [copyOf(backup(3))];
    const plan: SyncPlan = { copy: [backup(2), backup(1)], update: [], present, remove: [], skipped: [] };
    const roomy = { projectBytes: 20, totalBytes: 1000, others: [], isAtTarget: () => false };
    const spaceLimit = new SpaceLimit(plan, roomy);
    const [second, first] = plan.copy;
    assert.ok(second !== undefined && first !== undefined);
    assert.equal(spaceLimit.hasRoomFor(second), true);
    assert.equal(spaceLimit.reserve(second, 11), false);
    assert.equal(spaceLimit.hasRoomFor(first), false);
    assert.equal(spaceLimit.reserve(first, 1), false);
  });
});
