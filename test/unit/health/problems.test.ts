import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { BackupError } from '../../../core/system/errors.js';
import { severityOf, PROBLEM_CODES, worstFirst } from '../../../core/health/severity.js';
import { projectMissing, healthProblemsOf, projectUnusable } from '../../../core/health/problems.js';
import type { Project } from '../../../core/project/project.js';
import { listedBackup } from '../../support/listedBackup.js';
import { listedSummary, type ListedSummary } from '../../support/listedSummary.js';
import { testProject } from '../../support/testProject.js';

const HOUR_MS = 3_600_000;
const NEWEST_CREATED_AT = new Date('2026-01-25T14:46:00Z');
const hoursLater = (hours: number): Date => new Date(NEWEST_CREATED_AT.getTime() + hours * HOUR_MS);
const isoAt = (hours: number): string => hoursLater(hours).toISOString();

const newest = listedBackup('features_598_20260125-144600_manual');
const older = listedBackup('features_590_20260120-120000_manual', { createdAt: new Date('2026-01-20T12:00:00Z') });
const bad = listedBackup(newest.id, {
  metadata: { verified: { at: isoAt(1), check: 'integrity_check', ok: false } },
});

function projectWith(overdueAfterHours: number): Project {
  const { configuration, ...rest } = testProject('/project');
  const notifications = { ...configuration.notifications, overdueAfterHours };
  return { ...rest, configuration: { ...configuration, notifications } };
}

const fails = (since: number, until: number, problem = 'it is full') =>
  ({ ok: false, failingSince: isoAt(since), endedAt: isoAt(until), problem }) as const;

const unstored = (since: number, at: number, count: number) =>
  ({ since: isoAt(since), at: isoAt(at), count, problem: 'read-only', hint: 'Mount it.' }) as const;

interface Row {
  readonly what: string;
  readonly summary: ListedSummary;
  /** Hours after the newest backup; one by default. */
  readonly at?: number;
  /** `severity code subject`, worst first. */
  readonly expected: readonly string[];
  readonly message?: RegExp;
}

const ROWS: readonly Row[] = [
  {
    what: 'metadata that cannot be read',
    summary: {
      metadataProblems: ['a', 'b', 'c', 'd'].map((id) => ({
        path: `/store/${id}.json`,
        kind: 'damaged',
        reason: 'it is a link',
      })),
    },
    expected: ['warning metadata-unreadable '],
    message:
      /^Could not read the metadata of 4 backups; they are kept because they may be pinned \(\/store\/a\.json: it is a link; .*; and 1 more\)\. /,
  },
  {
    what: 'unreadable job records, so the state of the targets is unknown too',
    summary: {
      jobsProblem: error('permission-denied'),
      replication: [{ name: 'nas', lastOkAt: undefined, failingSince: undefined, problem: undefined }],
    },
    at: 100,
    expected: ['warning metadata-unreadable jobs'],
  },
  {
    what: 'an unreadable acknowledgement, whose path is in the system’s error message',
    summary: {
      live: { condition: 'shrunk', changed: false },
      acknowledgementProblem: new BackupError("EACCES: permission denied, open '/store/.acknowledged.json'", {
        code: 'permission-denied',
        operation: 'read what was acknowledged',
        path: '/store/.acknowledged.json',
        hint: 'Do something.',
      }),
    },
    expected: ['warning metadata-unreadable acknowledged'],
    message:
      /^Whether the loss of features was acknowledged is unknown: EACCES.*json'\. Backups are still made, but no backup is pruned\. Do something\.$/,
  },
  { what: 'a sound database that matches the newest backup', summary: {}, at: 10_000, expected: [] },
  {
    what: 'a busy database',
    summary: { live: undefined, problem: error('database-busy') },
    expected: [],
  },

  {
    what: 'a single failure that the store could not record',
    summary: { unstoredFailure: unstored(2, 2, 1) },
    at: 2.1,
    expected: [],
  },
  {
    what: 'a failure that the store could not record ten minutes ago',
    summary: { unstoredFailure: unstored(2, 2, 1) },
    at: 2.2,
    expected: ['critical backup-failed '],
    message: /^Backups have failed since .*: read-only\. Mount it\.$/,
  },
  {
    what: 'two failures that the store could not record',
    summary: { unstoredFailure: unstored(2, 2, 2) },
    at: 2,
    expected: ['critical backup-failed '],
  },
  {
    what: 'failures that the store could not record, before the newest backup',
    summary: { unstoredFailure: unstored(-2, -1, 7) },
    at: 2,
    expected: [],
  },
  {
    what: 'a damaged database',
    summary: {
      live: { condition: 'damaged', counts: undefined, problems: ['row 7 missing from index'], changed: true },
    },
    at: 100,
    expected: ['critical database-damaged '],
    message:
      /\(row 7 missing from index\)\. Run feature-backups restore last-good --dry-run to preview a restore of features_598/,
  },
  {
    what: 'a damaged database without a good backup',
    summary: { live: { condition: 'damaged' }, lastGood: undefined },
    expected: ['critical database-damaged '],
    message: /No backup has passed verification\. Run feature-backups salvage to see/,
  },
  {
    what: 'a missing database with backups',
    summary: { live: { condition: 'gone', changed: true } },
    expected: ['critical database-gone '],
    message: /\/project\/features\.db is missing\. /,
  },
  {
    what: 'a missing database with only an emergency backup',
    summary: { live: { condition: 'gone' }, newest: undefined, lastGood: undefined, emergencyCount: 1 },
    expected: ['critical database-gone '],
  },
  {
    what: 'a missing database without backups',
    summary: { live: { condition: 'gone' }, newest: undefined, lastGood: undefined },
    expected: ['warning database-gone '],
  },
  {
    what: 'a shrunk database',
    summary: { live: { condition: 'shrunk', counts: { total: 3, passing: 0, inProgress: 0 } } },
    expected: ['warning database-shrunk '],
    message: /\(3 left\)\. Nothing is pruned/,
  },

  {
    what: 'a database that was never backed up',
    summary: { newest: undefined, lastGood: undefined, live: { changed: true } },
    expected: ['warning never-backed-up '],
  },
  {
    what: 'a connection that was made here, and one that came with a clone',
    summary: {
      connections: {
        hooks: undefined,
        isConnected: true,
        broken: [
          {
            kind: 'claude',
            path: '/project/.claude/settings.json',
            server: undefined,
            isMadeHere: false,
            problem: 'The hook does not run',
            advice: 'Connect it again',
          },
          {
            kind: 'mcp',
            path: '/project/.mcp.json',
            server: 'features',
            isMadeHere: true,
            problem: 'The tap was removed',
            advice: 'Connect it again',
          },
        ],
      },
    },
    expected: ['warning connection-broken .mcp.json: features', 'information connection-broken .claude/settings.json'],
    message: /^The tap was removed\. Connect it again\.$/,
  },
  {
    what: 'git hooks that git does not run',
    summary: {
      connections: {
        hooks: {
          repository: { workTree: '/project', gitFolder: '/project/.git', commonFolder: '/project/.git' },
          manager: 'hooks-folder',
          problem: { message: 'git does not run the hook', hint: 'Run feature-backups install git' },
        },
        isConnected: true,
        broken: [],
      },
    },
    expected: ['warning connection-broken git'],
    message: /^Git does not run the hook\. Run feature-backups install git\.$/,
  },
  {
    what: 'a project without connections',
    summary: { connections: { hooks: undefined, isConnected: false, broken: [] } },
    expected: ['information not-connected '],
  },
  {
    what: 'a project without connections and without backups',
    summary: {
      newest: undefined,
      lastGood: undefined,
      live: { changed: true },
      connections: { hooks: undefined, isConnected: false, broken: [] },
    },
    expected: ['warning never-backed-up '],
  },
  {
    what: 'an unsaved change as old as the limit',
    summary: { live: { changed: true, writtenAt: hoursLater(1) } },
    at: 24,
    expected: [],
  },
  {
    what: 'an unsaved change older than the limit',
    summary: { live: { changed: true, writtenAt: hoursLater(1) } },
    at: 24.1,
    expected: ['warning backup-overdue '],
    message: /its last backup, 24 hours ago/,
  },
  {
    what: 'an unsaved change that is days old',
    summary: { live: { changed: true } },
    at: 24 * 9 + 1,
    expected: ['warning backup-overdue '],
    message: /its last backup, 9 days ago/,
  },
  {
    what: 'a write a minute ago, after a week without writes',
    summary: { live: { changed: true, writtenAt: hoursLater(168 - 1 / 60) } },
    at: 168,
    expected: [],
  },
  {
    what: 'a file dated in the future',
    summary: { live: { changed: true, writtenAt: hoursLater(1000) } },
    at: 168,
    expected: ['warning backup-overdue '],
  },
  {
    what: 'a change after an old backup that matched the database recently',
    summary: {
      newest: listedBackup(newest.id, {
        metadata: { events: [{ at: isoAt(160), source: 'mcp', reason: 'before_mark_passing' }] },
      }),
      live: { changed: true },
    },
    at: 168,
    expected: [],
  },
  {
    what: 'an event with an invalid time',
    summary: {
      newest: listedBackup(newest.id, { metadata: { events: [{ at: 'then', source: 'mcp', reason: 'x' }] } }),
      live: { changed: true },
    },
    at: 168,
    expected: ['warning backup-overdue '],
  },
  {
    what: 'a backup dated far in the future, and an old change',
    summary: { live: { changed: true, writtenAt: hoursLater(-1000) } },
    at: -900,
    expected: ['warning backup-overdue '],
    message: /its last backup, an unknown time ago/,
  },
  {
    what: 'an old unsaved change without a limit',
    summary: { project: projectWith(0), live: { changed: true } },
    at: 1000,
    expected: [],
  },
  {
    what: 'an unsaved change older than a shorter limit',
    summary: { project: projectWith(2), live: { changed: true } },
    at: 3,
    expected: ['warning backup-overdue '],
  },
  {
    what: 'a damaged database that is also overdue',
    summary: { live: { condition: 'damaged', changed: true } },
    at: 1000,
    expected: ['critical database-damaged '],
  },

  {
    what: 'a backup that failed',
    summary: { jobs: { backup: fails(1, 2) } },
    at: 3,
    expected: ['critical backup-failed '],
    message: /^Backups have failed since 2026-01-25 \d\d:46: it is full\. Run feature-backups backup to try again\.$/,
  },
  {
    what: 'a scheduled backup that failed',
    summary: { jobs: { 'scheduled-backup': fails(1, 2) } },
    at: 3,
    expected: ['critical backup-failed '],
  },
  {
    what: 'a failure before the newest backup',
    summary: { jobs: { backup: fails(-2, -1) } },
    expected: [],
  },
  {
    what: 'a failure without a time',
    summary: { jobs: { backup: { ok: false, problem: 'it is full' } } },
    expected: [],
  },
  {
    what: 'failing backups of a database that was never backed up',
    summary: { newest: undefined, lastGood: undefined, jobs: { backup: fails(1, 2) } },
    at: 3,
    expected: ['critical backup-failed '],
  },
  {
    what: 'a database without read permission',
    summary: { live: undefined, problem: error('permission-denied') },
    expected: ['critical backup-failed '],
    message: /^No backup can be made: it went wrong\. Do something\.$/,
  },
  {
    what: 'a very long reason',
    summary: { jobs: { backup: fails(1, 2, 'x'.repeat(100_000)) } },
    at: 3,
    expected: ['critical backup-failed '],
    message: /^.{300,450}$/,
  },

  {
    what: 'a failed drill',
    summary: { jobs: { drill: fails(1, 2) } },
    at: 3,
    expected: ['critical drill-failed '],
    message: /since 2026-01-25 \d\d:46: it is full\. Run feature-backups verify/,
  },
  { what: 'a passed drill', summary: { jobs: { drill: { ok: true, endedAt: isoAt(1) } } }, expected: [] },

  {
    what: 'a damaged newest backup',
    summary: { newest: bad, lastGood: older },
    expected: [`warning backup-damaged ${bad.id}`],
    message: /The last good backup is features_590/,
  },
  {
    what: 'a damaged newest backup without a good one',
    summary: { newest: bad, lastGood: undefined },
    expected: [`critical backup-damaged ${bad.id}`],
  },

  {
    what: 'a backup in quarantine',
    summary: { quarantineCount: 1 },
    at: 10_000,
    expected: ['warning backup-damaged quarantine'],
    message: /^One backup is in quarantine .*; the disk may be failing\. Run feature-backups list --quarantine/,
  },
  {
    what: 'a backup in quarantine without a good one',
    summary: { quarantineCount: 1, lastGood: undefined },
    at: 10_000,
    expected: ['critical backup-damaged quarantine'],
  },
  {
    what: 'a database with all its backups in quarantine',
    summary: { quarantineCount: 2, newest: undefined, lastGood: undefined },
    expected: ['critical backup-damaged quarantine', 'warning never-backed-up '],
    message: /All backups are in quarantine\./,
  },
  {
    what: 'a failing target',
    summary: { replication: [target('nas', { failingSince: isoAt(1), problem: 'no route' })] },
    at: 3,
    expected: ['warning replication-failed nas'],
    message: /^Sync to nas has failed since .*: no route\. Run feature-backups replicate to try again\.$/,
  },
  {
    what: 'a target failing for three days',
    summary: { replication: [target('nas', { failingSince: isoAt(1), problem: 'no route' })] },
    at: 74,
    expected: ['critical replication-failed nas'],
  },
  {
    what: 'two targets, one of them failing',
    summary: {
      replication: [
        target('nas', { lastOkAt: isoAt(0) }),
        target('cloud', { failingSince: isoAt(0), problem: 'full' }),
      ],
    },
    expected: ['warning replication-failed cloud'],
  },
  { what: 'a new target', summary: { replication: [target('nas', {})] }, at: 2, expected: [] },
  {
    what: 'a target that was never synced',
    summary: { replication: [target('nas', {})] },
    at: 25,
    expected: ['warning replication-failed nas'],
    message: /Nothing has been synced to nas yet/,
  },
  {
    what: 'a target that is no longer synced',
    summary: { replication: [target('nas', { lastOkAt: isoAt(-100) })] },
    at: 25,
    expected: ['warning replication-failed nas'],
    message: /nas lacks newer backups: the last sync was at 2026-01-21 \d\d:46\./,
  },
  {
    what: 'a target that has been complete for months',
    summary: { replication: [target('nas', { lastOkAt: isoAt(0.1) })] },
    at: 5000,
    expected: [],
  },

  {
    what: 'many problems at once, worst first',
    summary: {
      live: { condition: 'shrunk', changed: true },
      newest: bad,
      jobs: { drill: fails(1, 2), backup: fails(1, 2) },
      replication: [
        target('nas', { failingSince: isoAt(200), problem: 'x' }),
        target('cloud', { failingSince: isoAt(1), problem: 'x' }),
      ],
    },
    at: 201,
    expected: [
      'critical backup-failed ',
      'critical drill-failed ',
      'critical replication-failed cloud',
      'warning database-shrunk ',
      `warning backup-damaged ${bad.id}`,
      'warning replication-failed nas',
    ],
  },
];

describe('the problems of a project', () => {
  for (const { what, summary, at = 1, expected } of ROWS) {
    it(`are ${expected.length === 0 ? 'none' : expected.join(', ')} for ${what}`, () => {
      const problems = healthProblemsOf(listedSummary(summary), hoursLater(at));
      assert.deepEqual(
        problems.map(({ severity, code, subject }) => `${severity} ${code} ${subject}`),
        expected,
      );
      for (const { message } of problems) {
        assert.match(message, /[.!?]$/, 'a sentence');
        assert.doesNotMatch(message, /[.!?]{2}|undefined|NaN| {2}/);
        const destructive = /feature-backups (restore (?!.*--dry-run)|delete|cleanup|undo)/;
        assert.doesNotMatch(message, destructive, 'no destructive command to paste');
      }
    });
  }

  for (const { what, summary, at = 1, message: expected } of ROWS.filter((row) => row.message !== undefined)) {
    it(`have the expected message for ${what}`, () => {
      const messages = healthProblemsOf(listedSummary(summary), hoursLater(at)).map(({ message }) => message);
      assert.equal(messages.filter((message) => expected?.test(message)).length, 1, messages.join('\n'));
    });
  }

  it('include a missing folder, with the list that contains it', () => {
    const known = { root: '/gone', name: 'gone', status: 'gone' } as const;
    assert.match(projectMissing({ ...known, origins: ['registry', 'configured'] }).message, /\/gone.*AutoForge/);
    assert.match(projectMissing({ ...known, origins: ['configured'] }).message, /your configuration/);
  });

  it('are critical for an unusable store', () => {
    const { severity, code, message } = projectUnusable(error('unsafe-store'));
    assert.deepEqual([severity, code, message], ['critical', 'store-unusable', 'it went wrong. Do something.']);
  });
});

describe('the severity of problems', () => {
  const problemWith = (severity: 'critical' | 'warning', code: (typeof PROBLEM_CODES)[number]) => ({
    severity,
    code,
    subject: '',
    message: '',
  });

  it('is that of the worst one', () => {
    assert.equal(severityOf([]), undefined);
    assert.equal(severityOf([problemWith('warning', 'never-backed-up')]), 'warning');
    assert.equal(
      severityOf([problemWith('warning', 'database-shrunk'), problemWith('critical', 'replication-failed')]),
      'critical',
    );
  });

  it('sorts a loss of database and backups before all others, and a failed drill before warnings', () => {
    const all = PROBLEM_CODES.map((code) => problemWith('warning', code)).toReversed();
    assert.equal(all.toSorted(worstFirst)[0]?.code, 'backups-gone');
    const mixed = [
      problemWith('warning', 'database-shrunk'),
      problemWith('critical', 'drill-failed'),
      problemWith('warning', 'backup-damaged'),
    ];
    assert.deepEqual(
      mixed.toSorted(worstFirst).map(({ code }) => code),
      ['drill-failed', 'database-shrunk', 'backup-damaged'],
    );
  });
});

function error(code: 'database-busy' | 'permission-denied' | 'unsafe-store'): BackupError {
  return new BackupError('it went wrong', { code, operation: 'read', hint: 'Do something.' });
}

function target(
  name: string,
  state: { readonly lastOkAt?: string; readonly failingSince?: string; readonly problem?: string },
) {
  return { name, lastOkAt: undefined, failingSince: undefined, problem: undefined, ...state };
}
