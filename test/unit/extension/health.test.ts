import assert from 'node:assert/strict';
import { healthProblem } from '../../../core/health/describeProblem.js';
import { assessHealth, healthOf, worstHealth, type HealthKind } from '../../../extension/model/health.js';
import { healthExplanation, healthSentence, recoverySentence } from '../../../extension/model/healthWords.js';
import { problemChanges } from '../../../extension/model/problemChanges.js';
import type { ProjectState } from '../../../extension/model/projectState.js';
import { actionsFor, statusView } from '../../../extension/model/statusView.js';
import { backup, FAILURE, live, minutesAgo, NOW, overview, state } from './sampleState.js';
import { COPIED, problem } from './sampleSurvey.js';

const LIMITS = { unsavedMs: 10 * 60_000, watchesShrinkage: true };
const shrunk = overview({ live: live({ condition: 'shrunk', counts: { total: 12, passing: 0, inProgress: 0 } }) });

const CASES: readonly (readonly [title: string, state: ProjectState, kind: HealthKind, text: RegExp])[] = [
  ['a backed-up database', state(), 'safe', /^\$\(shield\) 1 backup, 14 min ago$/],
  ['a project that has not been checked', state({ overview: undefined }), 'unknown', /Checking/],
  ['no backup', state({ overview: overview({ backups: [] }) }), 'noBackups', /^\$\(warning\) No backups yet$/],
  [
    'only emergency backups',
    state({ overview: overview({ backups: [backup({ kind: 'emergency' })] }) }),
    'noBackups',
    /No backups/,
  ],
  ['changes not backed up for ten minutes', state({ changedSince: minutesAgo(10) }), 'unsaved', /not backed up/],
  ['changes not backed up for nine minutes', state({ changedSince: minutesAgo(9) }), 'safe', /1 backup/],
  ['a failed backup', state({ backupFailure: { at: NOW, error: FAILURE } }), 'backupFailed', /last backup failed/],
  [
    'a store that is not writable',
    state({ overview: overview({ isStoreWritable: false }) }),
    'notWritable',
    /folder is not writable/,
  ],
  ['an unreadable project', state({ refreshFailure: FAILURE }), 'readFailed', /Could not read features\.db$/],
  [
    'a busy database',
    state({ overview: overview({ live: undefined, problem: FAILURE }) }),
    'readFailed',
    /Could not read features\.db$/,
  ],
  [
    'a damaged database',
    state({ overview: overview({ live: live({ condition: 'damaged' }) }) }),
    'damaged',
    /^\$\(error\) features\.db is damaged$/,
  ],
  ['a missing database', state({ overview: overview({ live: live({ condition: 'gone' }) }) }), 'gone', /is missing/],
  ['a shrunken database', state({ overview: shrunk }), 'shrunk', /lost most of its features/],
  [
    'a damaged database and a failed backup',
    state({ overview: overview({ live: live({ condition: 'damaged' }) }), backupFailure: { at: NOW, error: FAILURE } }),
    'damaged',
    /damaged/,
  ],
  [
    'a failed test restore of good backups',
    state({ overview: overview({ problems: [problem('drill-failed', 'critical')] }) }),
    'drillFailed',
    /^\$\(error\) The last test restore failed$/,
  ],
  [
    'a failed sync to a target',
    state({ overview: overview({ problems: [problem('replication-failed', 'warning', 'usb')] }) }),
    'replicationFailed',
    /^\$\(warning\) Sync to usb failed$/,
  ],
  [
    'an overdue backup',
    state({ overview: overview({ problems: [problem('backup-overdue', 'warning')] }) }),
    'overdue',
    /Backup overdue/,
  ],
  [
    'a backup that failed in another process',
    state({ overview: overview({ problems: [problem('backup-failed', 'critical')] }) }),
    'backupFailed',
    /last backup failed/,
  ],
];

const several = state({
  overview: overview({
    live: live({ condition: 'gone' }),
    problems: [
      problem('database-gone', 'critical'),
      problem('drill-failed', 'critical'),
      problem('replication-failed', 'warning', 'usb'),
      problem('replication-failed', 'warning', 'cloud'),
    ],
  }),
});

describe('the health of a project', () => {
  for (const [title, project, kind, text] of CASES) {
    it(`is ${kind} with ${title}, also in the status bar`, () => {
      const health = assessHealth(project, NOW, LIMITS);
      assert.equal(health.kind, kind);
      assert.match(statusView([health], NOW, true)?.text ?? '', text);
    });
  }

  it('ignores problems that the settings disable', () => {
    const off = { unsavedMs: 0, watchesShrinkage: false };
    assert.equal(assessHealth(state({ overview: shrunk }), NOW, off).kind, 'safe');
    assert.equal(assessHealth(state({ changedSince: minutesAgo(1000) }), NOW, off).kind, 'safe');
  });

  it('names every problem of a project, worst first', () => {
    const health = assessHealth(several, NOW, LIMITS);
    assert.deepEqual(
      health.problems.map((problem) => healthSentence(healthOf(problem, health))),
      ['features.db is missing', 'The last test restore failed', 'Sync to usb failed', 'Sync to cloud failed'],
    );
    const cloud = health.problems[3];
    assert.ok(cloud);
    assert.equal(healthExplanation(healthOf(cloud, health), NOW), 'replication-failed cloud: what it means.');
    assert.match(statusView([health], NOW, true)?.tooltip ?? '', /Sync to cloud failed/);
  });

  it('shows the last test restore and the targets in the tooltip of the status bar', () => {
    const proven = overview({ provenAt: minutesAgo(3 * 24 * 60), targets: [COPIED] });
    const tooltip = statusView([assessHealth(state({ overview: proven }), NOW, LIMITS)], NOW, true)?.tooltip ?? '';
    assert.match(tooltip, /Last successful test restore: 3 days ago/);
    assert.match(tooltip, /Target usb: synced 2 h ago/);
  });

  it('shows the worst of several projects', () => {
    const all = [state(), state({ refreshFailure: FAILURE }), state({ overview: shrunk })].map((project) =>
      assessHealth(project, NOW, LIMITS),
    );
    assert.equal(worstHealth(all)?.kind, 'shrunk');
    assert.match(statusView(all, NOW, true)?.text ?? '', /\(\+1\)$/);
    assert.equal(worstHealth([]), undefined);
    assert.equal(statusView([], NOW, true), undefined);
  });
});

describe('the status bar item', () => {
  it('has a background only for data loss and failed backups', () => {
    const coloured = CASES.map(([, project]) => statusView([assessHealth(project, NOW, LIMITS)], NOW, true)).map(
      (view) => view?.background,
    );
    const kinds = CASES.map(([, , kind]) => kind);
    assert.deepEqual(
      kinds.filter((_, index) => coloured[index] === 'error'),
      ['damaged', 'gone', 'shrunk', 'damaged', 'drillFailed'],
    );
    assert.deepEqual(
      kinds.filter((_, index) => coloured[index] === 'warning'),
      ['backupFailed', 'backupFailed'],
    );
  });

  it('offers the most helpful action first', () => {
    const first = (project: ProjectState) => actionsFor(assessHealth(project, NOW, LIMITS), true)[0];
    assert.equal(first(state({ overview: overview({ live: live({ condition: 'damaged' }) }) })), 'restoreLastGood');
    assert.equal(first(state({ overview: shrunk })), 'compareWithCurrent');
    assert.equal(first(state({ overview: overview({ backups: [] }) })), 'backUpNow');
    assert.equal(first(state()), 'backUpNow');
  });

  it('offers no writing command in an untrusted workspace', () => {
    const offered = (isTrusted: boolean) =>
      CASES.flatMap(([, project]) => actionsFor(assessHealth(project, NOW, LIMITS), isTrusted));
    const writing = /^(backUp|restore|salvage|undo|delete|drill|replicate|verify|acceptShrinkage|connect)/;
    assert.ok(offered(true).some((name) => writing.test(name)));
    assert.ok(offered(false).length > CASES.length);
    assert.deepEqual(
      offered(false).filter((name) => writing.test(name)),
      [],
    );
  });

  it('offers no restore without backups', () => {
    const bare = state({ overview: overview({ backups: [], live: live({ condition: 'damaged' }) }) });
    assert.deepEqual(
      actionsFor(assessHealth(bare, NOW, LIMITS), true).filter((name) => /restore|salvage/i.test(name)),
      [],
    );
  });

  it('shows a hostile project name as plain text in its tooltip', () => {
    const name = '[x](command:evil) **bold**\u202e';
    const healths = [state({ name }), state()].map((project) => assessHealth(project, NOW, LIMITS));
    const tooltip = statusView(healths, NOW, true)?.tooltip ?? '';
    assert.ok(tooltip.includes('\\[x\\]\\(command:evil\\) \\*\\*bold\\*\\*'), tooltip);
    assert.ok(!tooltip.includes('\u202e'));
  });

  it('escapes control characters of a path and an error in every sentence', () => {
    const hostile = overview({ databasePath: '/p/f\u202E.db', storePath: '/p\u202E', isStoreWritable: false });
    const failed = { ...FAILURE, message: 'no\u202E', hint: 'hint\u202E' };
    const states = [state({ overview: hostile }), state({ overview: hostile, refreshFailure: failed })];
    states.push(state({ overview: overview({ ...hostile, live: live({ condition: 'damaged' }) }) }));
    for (const health of states.map((project) => assessHealth(project, NOW, LIMITS))) {
      const shown = [healthSentence(health), healthExplanation(health, NOW), recoverySentence(health)].join(' ');
      assert.ok(shown.includes('\\u202e'), shown);
      assert.ok(!shown.includes('\u202E'), shown);
    }
  });
});

describe('notifications about problems', () => {
  const always = (): boolean => true;
  const [gone, drill, usb] = assessHealth(several, NOW, LIMITS).problems;
  assert.ok(gone && drill && usb);

  it('report each problem once, and its resolution once', () => {
    const first = problemChanges({ problems: [drill, usb] }, [], always);
    assert.deepEqual(first, { opened: [drill, usb], resolved: [], notified: [drill, usb] });
    assert.deepEqual(problemChanges({ problems: [drill, usb] }, first.notified, always).opened, []);
    assert.deepEqual(problemChanges({ problems: [usb] }, first.notified, always), {
      opened: [],
      resolved: [drill],
      notified: [usb],
    });
  });

  it('distinguish two targets', () => {
    const cloud = { ...usb, subject: 'cloud' };
    assert.deepEqual(problemChanges({ problems: [usb, cloud] }, [usb], always).opened, [cloud]);
  });

  it('do not report a problem as resolved while a worse one hides it', () => {
    const failed = { kind: 'backupFailed', subject: '' } as const;
    const hidden = problemChanges({ problems: [gone] }, [failed], always);
    assert.deepEqual(hidden, { opened: [gone], resolved: [], notified: [gone, failed] });
    assert.deepEqual(problemChanges({ problems: [] }, hidden.notified, always).resolved, [gone, failed]);
  });

  it('do not report a failed job as resolved while job records are unreadable', () => {
    const unreadable = healthProblem({
      code: 'metadata-unreadable',
      severity: 'warning',
      subject: 'jobs',
      what: [''],
    });
    const project = state({ overview: overview({ problems: [unreadable] }) });
    assert.deepEqual(problemChanges({ problems: [], project }, [drill, usb], always), {
      opened: [],
      resolved: [],
      notified: [drill, usb],
    });
  });

  it('leave out problems without a notification', () => {
    const none = { kind: 'noBackups', subject: '' } as const;
    assert.deepEqual(problemChanges({ problems: [none] }, [], (kind) => kind !== 'noBackups').opened, []);
  });
});
