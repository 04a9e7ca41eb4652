import assert from 'node:assert/strict';
import { assessHealth, healthOf, worstHealth, type HealthKind } from '../../../extension/model/health.js';
import { healthExplanation, healthSentence, recoverySentence } from '../../../extension/model/healthWords.js';
import { problemNews } from '../../../extension/model/problemNews.js';
import type { ProjectState } from '../../../extension/model/projectState.js';
import { actionsFor, statusView } from '../../../extension/model/statusView.js';
import { backup, FAILURE, live, minutesAgo, NOW, overview, state } from './sampleState.js';
import { COPIED, trouble } from './sampleSurvey.js';

const LIMITS = { unsavedMs: 10 * 60_000, watchesShrinkage: true };
const shrunk = overview({ live: live({ condition: 'shrunk', counts: { total: 12, passing: 0, inProgress: 0 } }) });

const CASES: readonly (readonly [title: string, state: ProjectState, kind: HealthKind, text: RegExp])[] = [
  ['a backed-up database', state(), 'safe', /^\$\(shield\) 1 backup, 14 min ago$/],
  ['a project not looked at yet', state({ overview: undefined }), 'unknown', /Looking at/],
  ['no backup', state({ overview: overview({ backups: [] }) }), 'noBackups', /^\$\(warning\) No backups yet$/],
  [
    'only emergency backups',
    state({ overview: overview({ backups: [backup({ kind: 'emergency' })] }) }),
    'noBackups',
    /No backups/,
  ],
  ['changes waiting for ten minutes', state({ changedSince: minutesAgo(10) }), 'unsaved', /not backed up/],
  ['changes waiting for nine minutes', state({ changedSince: minutesAgo(9) }), 'safe', /1 backup/],
  ['a failed backup', state({ backupFailure: { at: NOW, error: FAILURE } }), 'backupFailed', /last backup failed/],
  [
    'a store that cannot be written',
    state({ overview: overview({ isStoreWritable: false }) }),
    'notWritable',
    /cannot be written/,
  ],
  ['a look that failed', state({ lookFailure: FAILURE }), 'lookFailed', /could not be looked at/],
  [
    'a busy database',
    state({ overview: overview({ live: undefined, problem: FAILURE }) }),
    'lookFailed',
    /could not be looked/,
  ],
  [
    'a damaged database',
    state({ overview: overview({ live: live({ condition: 'damaged' }) }) }),
    'damaged',
    /^\$\(error\) features\.db is damaged$/,
  ],
  ['a database that is gone', state({ overview: overview({ live: live({ condition: 'gone' }) }) }), 'gone', /is gone/],
  ['a shrunken database', state({ overview: shrunk }), 'shrunk', /lost most of its features/],
  [
    'damage besides a failed backup',
    state({ overview: overview({ live: live({ condition: 'damaged' }) }), backupFailure: { at: NOW, error: FAILURE } }),
    'damaged',
    /damaged/,
  ],
  [
    'a failed drill of good backups',
    state({ overview: overview({ troubles: [trouble('drill-failed', 'critical')] }) }),
    'drillFailed',
    /^\$\(error\) The last restore drill failed$/,
  ],
  [
    'a target that gets no copies',
    state({ overview: overview({ troubles: [trouble('replication-failed', 'warning', 'usb')] }) }),
    'replicationFailed',
    /^\$\(warning\) Copying to usb fails$/,
  ],
  [
    'a backup that is long due',
    state({ overview: overview({ troubles: [trouble('backup-overdue', 'warning')] }) }),
    'overdue',
    /no backup for too long/,
  ],
  [
    'a backup that failed in another process',
    state({ overview: overview({ troubles: [trouble('backup-failed', 'critical')] }) }),
    'backupFailed',
    /last backup failed/,
  ],
];

const several = state({
  overview: overview({
    live: live({ condition: 'gone' }),
    troubles: [
      trouble('database-gone', 'critical'),
      trouble('drill-failed', 'critical'),
      trouble('replication-failed', 'warning', 'usb'),
      trouble('replication-failed', 'warning', 'cloud'),
    ],
  }),
});

describe('the health of a project', () => {
  for (const [title, project, kind, text] of CASES) {
    it(`is ${kind} with ${title}, and the status bar says so`, () => {
      const health = assessHealth(project, NOW, LIMITS);
      assert.equal(health.kind, kind);
      assert.match(statusView([health], NOW, true)?.text ?? '', text);
    });
  }

  it('leaves out what the settings switch off', () => {
    const off = { unsavedMs: 0, watchesShrinkage: false };
    assert.equal(assessHealth(state({ overview: shrunk }), NOW, off).kind, 'safe');
    assert.equal(assessHealth(state({ changedSince: minutesAgo(1000) }), NOW, off).kind, 'safe');
  });

  it('names every problem of a project that has several, the worst first', () => {
    const health = assessHealth(several, NOW, LIMITS);
    assert.deepEqual(
      health.problems.map((problem) => healthSentence(healthOf(problem, health))),
      ['features.db is gone', 'The last restore drill failed', 'Copying to usb fails', 'Copying to cloud fails'],
    );
    const cloud = health.problems[3];
    assert.ok(cloud);
    assert.equal(healthExplanation(healthOf(cloud, health), NOW), 'replication-failed cloud: what it means.');
    assert.match(statusView([health], NOW, true)?.tooltip ?? '', /Copying to cloud fails/);
  });

  it('tells in the status bar’s tooltip what was proven, and how the copies stand', () => {
    const proven = overview({ provenAt: minutesAgo(3 * 24 * 60), targets: [COPIED] });
    const tooltip = statusView([assessHealth(state({ overview: proven }), NOW, LIMITS)], NOW, true)?.tooltip ?? '';
    assert.match(tooltip, /Restoring last proven: 3 days ago/);
    assert.match(tooltip, /Copies in usb: complete, 2 h ago/);
  });

  it('speaks of the worst of several projects', () => {
    const all = [state(), state({ lookFailure: FAILURE }), state({ overview: shrunk })].map((project) =>
      assessHealth(project, NOW, LIMITS),
    );
    assert.equal(worstHealth(all)?.kind, 'shrunk');
    assert.match(statusView(all, NOW, true)?.text ?? '', /\(\+1\)$/);
    assert.equal(worstHealth([]), undefined);
    assert.equal(statusView([], NOW, true), undefined);
  });
});

describe('the status bar item', () => {
  it('is coloured only where something is lost or a backup failed', () => {
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

  it('offers first what helps', () => {
    const first = (project: ProjectState) => actionsFor(assessHealth(project, NOW, LIMITS), true)[0];
    assert.equal(first(state({ overview: overview({ live: live({ condition: 'damaged' }) }) })), 'restoreLastGood');
    assert.equal(first(state({ overview: shrunk })), 'compareWithCurrent');
    assert.equal(first(state({ overview: overview({ backups: [] }) })), 'backUpNow');
    assert.equal(first(state()), 'backUpNow');
  });

  it('offers nothing that writes in a workspace that is not trusted', () => {
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

  it('offers no restore where there is nothing to restore', () => {
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

  it('shows control characters of a path and of an error as escapes, wherever a sentence goes', () => {
    const hostile = overview({ databasePath: '/p/f\u202E.db', storePath: '/p\u202E', isStoreWritable: false });
    const failed = { ...FAILURE, message: 'no\u202E', hint: 'hint\u202E' };
    const states = [state({ overview: hostile }), state({ overview: hostile, lookFailure: failed })];
    states.push(state({ overview: overview({ ...hostile, live: live({ condition: 'damaged' }) }) }));
    for (const health of states.map((project) => assessHealth(project, NOW, LIMITS))) {
      const shown = [healthSentence(health), healthExplanation(health, NOW), recoverySentence(health)].join(' ');
      assert.ok(shown.includes('\\u202e'), shown);
      assert.ok(!shown.includes('\u202E'), shown);
    }
  });
});

describe('what is told of problems', () => {
  const always = (): boolean => true;
  const [gone, drill, usb] = assessHealth(several, NOW, LIMITS).problems;
  assert.ok(gone && drill && usb);

  it('is each one once, and once that it is over', () => {
    const first = problemNews({ problems: [drill, usb] }, [], always);
    assert.deepEqual(first, { begun: [drill, usb], over: [], told: [drill, usb] });
    assert.deepEqual(problemNews({ problems: [drill, usb] }, first.told, always).begun, []);
    assert.deepEqual(problemNews({ problems: [usb] }, first.told, always), { begun: [], over: [drill], told: [usb] });
  });

  it('tells two targets apart', () => {
    const cloud = { ...usb, subject: 'cloud' };
    assert.deepEqual(problemNews({ problems: [usb, cloud] }, [usb], always).begun, [cloud]);
  });

  it('does not take a problem for over that a worse one hides', () => {
    const failed = { kind: 'backupFailed', subject: '' } as const;
    const hidden = problemNews({ problems: [gone] }, [failed], always);
    assert.deepEqual(hidden, { begun: [gone], over: [], told: [gone, failed] });
    assert.deepEqual(problemNews({ problems: [] }, hidden.told, always).over, [gone, failed]);
  });

  it('does not take a failed job for over while the notes of jobs cannot be read', () => {
    const unreadable = { code: 'metadata-unreadable', severity: 'warning', subject: 'jobs', message: '' } as const;
    const project = state({ overview: overview({ troubles: [unreadable] }) });
    assert.deepEqual(problemNews({ problems: [], project }, [drill, usb], always), {
      begun: [],
      over: [],
      told: [drill, usb],
    });
  });

  it('leaves out what is never told', () => {
    const none = { kind: 'noBackups', subject: '' } as const;
    assert.deepEqual(problemNews({ problems: [none] }, [], (kind) => kind !== 'noBackups').begun, []);
  });
});
