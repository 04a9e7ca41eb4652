import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { isArchivable } from '../../../core/history/archiveBackups.js';
import type { LiveCondition } from '../../../core/live/liveCondition.js';
import { planRetention, type RetentionPlan } from '../../../core/retention/retention.js';
import { isWorthPruning } from '../../../core/retention/cleanUp.js';
import type { Backup } from '../../../core/store/backup.js';
import type { RetentionPolicy } from '../../../core/project/project.js';
import { listedBackup, type ListedBackup } from '../../support/listedBackup.js';

const NOTHING: RetentionPolicy = { keepLast: 0, keepHourly: 0, keepDaily: 0, keepWeekly: 0, keepEmergency: 0 };
const NOW = new Date(2026, 0, 31, 12);

describe('retention plan', () => {
  it('keeps the newest distinct states, however many backups have each state', () => {
    const [a, b, again, c] = [at(1, state('A')), at(2, state('B')), at(3, state('A')), at(4, state('C'))];
    assert.deepEqual(kept(plan([a, b, again, c], { keepLast: 3 })), [c.id, again.id, b.id]);
  });

  it('counts a backup without a checksum as a state of its own', () => {
    const python = [1, 2, 3].map((hour) => at(hour, { metadata: undefined }));
    assert.equal(kept(plan(python, { keepLast: 2 })).length, 2);
  });

  it('keeps the newest verified backup, however old', () => {
    const good = at(1);
    const unverified = [2, 3, 4].map((hour) => at(hour, { metadata: { verified: undefined } }));
    const result = plan([good, ...unverified], { keepLast: 1 });
    assert.deepEqual(reasonsOf(result, good), ['newest-verified']);
  });

  it('keeps one backup if none was ever verified and every rule is off', () => {
    const python = [1, 2].map((hour) => at(hour, { metadata: undefined }));
    assert.deepEqual(kept(plan(python, {})), [python[1]?.id]);
  });

  it('keeps no damaged backup in place of an intact one', () => {
    const bad = { metadata: { verified: { at: '', check: 'integrity_check', ok: false } } } as const;
    const [good, ...damaged] = [at(1), at(2, bad), at(3, bad), at(4, bad)] as const;
    assert.ok(kept(plan([good, ...damaged], { keepLast: 1, keepDaily: 1 })).includes(good.id));
  });

  it('keeps one backup of each state, even if the limit of states is not reached', () => {
    const [other, first, again] = [at(1, state('B')), at(2, state('A')), at(3, state('A'))];
    assert.deepEqual(kept(plan([other, first, again], { keepLast: 2 })), [again.id, other.id]);
  });

  it('does not count damaged backups among the newest states, and keeps those in between', () => {
    const bad = { metadata: { verified: { at: '', check: 'integrity_check', ok: false } } } as const;
    const [old, good, between, newest] = [at(1), at(2), at(3, bad), at(4)];
    assert.deepEqual(kept(plan([old, good, between, newest], { keepLast: 2 })), [newest.id, between.id, good.id]);
  });

  it('counts emergency backups of a damaged database like any other', () => {
    const bad = { kind: 'emergency', metadata: { verified: { at: '', check: 'integrity_check', ok: false } } } as const;
    const emergencies = [at(1, bad), at(2, bad), at(3, bad)];
    assert.deepEqual(kept(plan(emergencies, { keepEmergency: 2 })), ['at_3', 'at_2']);
  });

  it('keeps the newest backup not known to be damaged if none was verified', () => {
    const bad = { metadata: { verified: { at: '', check: 'integrity_check', ok: false } } } as const;
    const [older, unverified, damaged] = [at(1, bad), at(2, { metadata: { verified: undefined } }), at(3, bad)];
    assert.deepEqual(kept(plan([older, unverified, damaged], {})), [unverified.id]);
    assert.deepEqual(kept(plan([older, damaged], {})), [damaged.id]);
  });

  it('gives every reason for keeping a backup once', () => {
    const [older, newest] = [at(1), at(2, { metadata: { pinned: true } })];
    const result = plan([older, newest], { keepLast: 1, keepDaily: 1, keepWeekly: 1 });
    assert.deepEqual(reasonsOf(result, newest), ['pinned', 'newest-verified', 'last', 'daily', 'weekly']);
    assert.deepEqual(kept(result), [newest.id]);
  });

  it('keeps a backup with unknown metadata, which counts for no rule', () => {
    const unknown = at(3, {
      metadata: undefined,
      metadataProblem: { path: '/x.json', kind: 'unreadable', reason: '' },
    });
    const [older, newer] = [at(1), at(2)];
    const result = plan([older, newer, unknown], { keepLast: 1 });
    assert.deepEqual(kept(result), [unknown.id, newer.id]);
    assert.deepEqual(reasonsOf(result, unknown), ['metadata-unknown']);
  });

  it('distinguishes emergency backups with the same database but different logs', () => {
    const withLog = (hour: number, log: string): Backup =>
      at(hour, {
        kind: 'emergency',
        metadata: { sha256: 'A', sideFiles: [{ suffix: '-wal', sizeBytes: 1, sha256: log }] },
      });
    const [one, two, again] = [withLog(1, 'x'), withLog(2, 'y'), withLog(3, 'y')];
    assert.deepEqual(kept(plan([one, two, again], { keepEmergency: 2 })), [again.id, one.id]);
  });

  it('keeps the newest backup of each of the newest days and weeks with backups', () => {
    const days = [3, 10, 11, 11, 12].map((day, index) => onDay(day, index));
    const daily = plan(days, { keepDaily: 2 });
    assert.deepEqual(kept(daily), [days[4]?.id, days[3]?.id]);
    // 2026-01-05 and -12 are Mondays.
    const weekly = plan(days, { keepWeekly: 3 });
    assert.deepEqual(kept(weekly), [days[4]?.id, days[3]?.id, days[0]?.id]);
  });

  it('keeps the newest backup of each hour', () => {
    const [first, second, third] = [at(1), at(1.5), at(2.2)];
    assert.deepEqual(kept(plan([first, second, third], { keepHourly: 2 })), [third.id, second.id]);
    const [earlier, later] = [at(1), at(1.1)];
    assert.deepEqual(kept(plan([earlier, later, third], { keepHourly: 3 })), [third.id, later.id]);
  });

  it('gives backups with times in the future no days of their own', () => {
    const ahead = [2030, 2031, 2032].map((year, index) =>
      listedBackup(`ahead${index}`, { createdAt: new Date(year, 0, 1) }),
    );
    const today = at(2);
    const sequenced = { ...today, metadata: today.metadata && { ...today.metadata, sequence: 2 ** 45 } };
    // All of them count as made now, so on the same day.
    assert.deepEqual(kept(plan([...ahead, sequenced], { keepDaily: 4 })), [sequenced.id, 'ahead2']);
  });

  it('does not count emergency backups among the ordinary ones', () => {
    const [ordinary, emergency] = [at(1), at(2, { kind: 'emergency' })];
    const result = plan([ordinary, emergency], { keepLast: 1, keepDaily: 1, keepEmergency: 1 });
    assert.deepEqual(reasonsOf(result, ordinary), ['newest-verified', 'last', 'daily']);
    assert.deepEqual(reasonsOf(result, emergency), ['emergency']);
  });

  it('gives a damaged backup no hour, day or week', () => {
    const bad = { metadata: { verified: { at: '', check: 'integrity_check', ok: false } } } as const;
    const [good, damaged] = [at(1), at(1.5, bad)];
    for (const policy of [{ keepHourly: 1 }, { keepDaily: 1 }, { keepWeekly: 1 }]) {
      const result = plan([good, damaged], policy);
      assert.deepEqual([kept(result), reasonsOf(result, good).length], [[good.id], 2]);
    }
  });

  it('gives each reason once, even for a backup kept instead of a verified one', () => {
    const only = at(1, { metadata: { verified: undefined } });
    assert.deepEqual(reasonsOf(plan([only], { keepLast: 1 }), only), ['last']);
  });

  it('counts emergency backups separately, by distinct states', () => {
    const emergency = (hour: number, sha: string): Backup => at(hour, { ...state(sha), kind: 'emergency' });
    const [one, two, again, three] = [emergency(1, 'A'), emergency(2, 'B'), emergency(3, 'B'), emergency(4, 'C')];
    const ordinary = at(5);
    const result = plan([one, two, again, three, ordinary], { keepLast: 1, keepEmergency: 2 });
    assert.deepEqual(kept(result), [ordinary.id, three.id, again.id]);
    assert.deepEqual(reasonsOf(result, again), ['emergency']);
  });

  for (const live of ['damaged', 'shrunk', 'gone'] as const) {
    it(`removes nothing while the live database is ${live}, and gives that as the reason`, () => {
      const backups = [1, 2, 3].map((hour) => at(hour));
      const result = planRetention(backups, NOTHING, NOW, live);
      assert.deepEqual(result.remove, []);
      assert.deepEqual(
        result.keep.map(({ reasons }) => reasons[0]),
        backups.map(() => `database-${live}`),
      );
    });
  }

  describe('for any store', () => {
    it('keeps every pinned backup and the newest verified one, and omits none', () => {
      const seen = { pinned: 0, verified: 0, removed: 0 };
      checkPlans((backups, policy) => {
        const result = planRetention(backups, policy, NOW, 'sound');
        assert.ok(result.remove.every((backup) => backup.metadata?.pinned !== true));
        const verified = inOrder(backups).filter(
          ({ kind, metadata }) => kind === 'ordinary' && metadata?.verified?.ok === true,
        );
        assert.ok(verified.length === 0 || kept(result).includes(verified[0]?.id ?? ''));
        assert.equal(result.keep.length + result.remove.length, backups.length);
        assert.ok(result.keep.every(({ reasons }) => reasons.length > 0));
        seen.pinned += backups.some(({ metadata }) => metadata?.pinned === true) ? 1 : 0;
        seen.verified += verified.length > 0 ? 1 : 0;
        seen.removed += result.remove.length > 0 ? 1 : 0;
      });
      assert.ok(seen.pinned > 50 && seen.verified > 50 && seen.removed > 50, JSON.stringify(seen));
    });

    it('removes nothing more when it is applied again', () => {
      checkPlans((backups, policy) => {
        const once = planRetention(backups, policy, NOW, 'sound').keep.map(({ backup }) => backup);
        assert.deepEqual(planRetention(once, policy, NOW, 'sound').remove, []);
      });
    });

    it('keeps at least as many backups with every higher limit', () => {
      checkPlans((backups, policy) => {
        for (const rule of ['keepLast', 'keepHourly', 'keepDaily', 'keepWeekly', 'keepEmergency'] as const) {
          const less = kept(planRetention(backups, policy, NOW, 'sound'));
          const more = new Set(kept(planRetention(backups, { ...policy, [rule]: policy[rule] + 1 }, NOW, 'sound')));
          assert.ok(
            less.every((id) => more.has(id)),
            rule,
          );
        }
      });
    });

    it('does not depend on the order of the backups', () => {
      checkPlans((backups, policy) => {
        const forward = planRetention(backups, policy, NOW, 'sound');
        assert.deepEqual(planRetention(backups.toReversed(), policy, NOW, 'sound'), forward);
      });
    });

    it('keeps exactly the configured number of distinct states if only that rule is on', () => {
      checkPlans((backups, { keepLast }) => {
        const ordinary = backups
          .filter(({ kind }) => kind === 'ordinary')
          .map((backup) => ({
            ...backup,
            metadata: backup.metadata && { ...backup.metadata, pinned: false, verified: undefined },
          }));
        const states = (list: readonly Backup[]): number =>
          new Set(list.map(({ id, metadata }) => metadata?.sha256 ?? id)).size;
        const result = planRetention(ordinary, { ...NOTHING, keepLast }, NOW, 'sound');
        const expected = Math.min(Math.max(keepLast, 1), states(ordinary));
        assert.equal(states(result.keep.map(({ backup }) => backup)), expected);
      });
    });
  });
});

describe('pruning during a backup', () => {
  const listed = (count: number, sizeBytes = 400_000): readonly Backup[] =>
    Array.from({ length: count }, (_, index) => listedBackup(`backup_${index}`, { sizeBytes }));
  const isWorth = (kept: number, removed: readonly Backup[]): boolean =>
    isWorthPruning({ keep: listed(kept).map((backup) => ({ backup, reasons: ['last'] })), remove: removed });

  it('waits until more than a quarter of the kept backups, or more than eight, would be removed', () => {
    assert.deepEqual([isWorth(20, listed(5)), isWorth(20, listed(6))], [false, true]);
    assert.deepEqual([isWorth(1000, listed(8)), isWorth(1000, listed(9))], [false, true]);
    assert.deepEqual([isWorth(3, listed(0)), isWorth(3, listed(1))], [false, true]);
  });

  it('removes all of them if they take up much space, including side files', () => {
    assert.deepEqual(
      [isWorth(20, listed(1, 16 * 1024 * 1024)), isWorth(20, listed(1, 16 * 1024 * 1024 + 1))],
      [false, true],
    );
    const sideFiles = [{ suffix: '-wal', sizeBytes: 17 * 1024 * 1024, sha256: 'a'.repeat(64) }] as const;
    assert.equal(isWorth(20, [listedBackup('raw', { kind: 'emergency', metadata: { sideFiles } })]), true);
  });

  it('does not depend on the number of emergency backups kept', () => {
    const keep = Array.from({ length: 5 }, (_, index) => listedBackup(`${index}`, { kind: 'emergency' }));
    const reasons = ['emergency'] as const;
    assert.equal(isWorthPruning({ keep: keep.map((backup) => ({ backup, reasons })), remove: listed(1) }), true);
  });
});

describe('backup that retention removes', () => {
  const MIB = 1024 * 1024;
  const wouldArchive = (changes: ListedBackup, maxBytes = 64 * MIB): boolean =>
    isArchivable(listedBackup('backup', changes), { maxBytes });

  it('is archived if it is ordinary, has a checksum, and is not known to be damaged', () => {
    assert.equal(wouldArchive({}), true);
    assert.equal(wouldArchive({ metadata: { verified: undefined } }), true);
    assert.equal(wouldArchive({ kind: 'emergency' }), false);
    assert.equal(wouldArchive({ metadata: undefined }), false);
    assert.equal(wouldArchive({ metadata: { sha256: undefined } }), false);
    assert.equal(wouldArchive({ metadata: { verified: { at: '', check: 'integrity_check', ok: false } } }), false);
  });

  it('is archived if its image takes at most a quarter of the history', () => {
    assert.deepEqual([wouldArchive({ sizeBytes: 16 * MIB }), wouldArchive({ sizeBytes: 16 * MIB + 1 })], [true, false]);
    const compressed = (backupSizeBytes: number | undefined): ListedBackup => ({
      compressed: true,
      sizeBytes: 20 * MIB,
      metadata: { backupSizeBytes },
    });
    assert.deepEqual([wouldArchive(compressed(16 * MIB)), wouldArchive(compressed(16 * MIB + 1))], [true, false]);
    assert.equal(wouldArchive(compressed(undefined)), false);
  });

  it('is archived only if two of its images fit into memory', () => {
    const huge = 1024 * 1024 * MIB;
    assert.deepEqual(
      [wouldArchive({ sizeBytes: 256 * MIB }, huge), wouldArchive({ sizeBytes: 256 * MIB + 1 }, huge)],
      [true, false],
    );
  });
});

function plan(backups: readonly Backup[], policy: Partial<RetentionPolicy>, live: LiveCondition = 'sound') {
  return planRetention(backups, { ...NOTHING, ...policy }, NOW, live);
}

function kept(result: RetentionPlan): string[] {
  return result.keep.map(({ backup }) => backup.id);
}

function reasonsOf(result: RetentionPlan, backup: Backup): readonly string[] {
  return result.keep.find((entry) => entry.backup.id === backup.id)?.reasons ?? [];
}

/** The given hour of one fixed day. */
function at(hour: number, changes: ListedBackup = {}): Backup {
  return listedBackup(`at_${hour}`, { createdAt: new Date(2026, 0, 25, 0, hour * 60), ...changes });
}

function onDay(day: number, hour: number): Backup {
  return listedBackup(`day_${day}_${hour}`, { createdAt: new Date(2026, 0, day, hour) });
}

function state(sha256: string): ListedBackup {
  return { metadata: { sha256, sequence: undefined } };
}

/** An independent order to compare with the plan's. */
function inOrder(backups: readonly Backup[]): Backup[] {
  const key = (backup: Backup): number => backup.metadata?.sequence ?? backup.createdAt.getTime();
  return backups.toSorted((a, b) => key(b) - key(a) || +b.createdAt - +a.createdAt || (a.id < b.id ? 1 : -1));
}

const backupArbitrary = fc.record({
  minute: fc.integer({ min: -600, max: 60 * 24 * 40 }),
  sequence: fc.option(fc.integer({ min: -600, max: 60 * 24 * 40 }), { nil: undefined }),
  sha: fc.option(fc.integer({ min: 0, max: 8 }), { nil: undefined }),
  verified: fc.constantFrom(true, true, true, false, undefined),
  pinned: fc.boolean(),
  emergency: fc.constantFrom(false, false, false, true),
  bare: fc.constantFrom(false, false, false, true),
});

const storeArbitrary = fc.array(backupArbitrary, { maxLength: 40 }).map((specs) =>
  specs.map(({ minute, sequence, sha, verified, pinned, emergency, bare }, index) => {
    const time = (minutes: number): Date => new Date(NOW.getTime() - minutes * 60_000);
    return listedBackup(`backup_${index}`, {
      createdAt: time(minute),
      kind: emergency ? 'emergency' : 'ordinary',
      metadata: bare
        ? undefined
        : {
            sequence: sequence === undefined ? undefined : time(sequence).getTime(),
            sha256: sha === undefined ? undefined : `sha ${sha}`,
            verified: verified === undefined ? undefined : { at: '', check: 'integrity_check', ok: verified },
            pinned: pinned && index % 4 === 0,
          },
    });
  }),
);

const count = fc.integer({ min: 0, max: 12 });
const policyArbitrary = fc.record({
  keepLast: count,
  keepHourly: count,
  keepDaily: count,
  keepWeekly: count,
  keepEmergency: count,
});

function checkPlans(check: (backups: readonly Backup[], policy: RetentionPolicy) => void): void {
  fc.assert(fc.property(storeArbitrary, policyArbitrary, check), { numRuns: 300 });
}
