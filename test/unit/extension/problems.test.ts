import assert from 'node:assert/strict';
import { healthProblem } from '../../../core/health/describeProblem.js';
import { databaseProblems } from '../../../core/health/databaseProblems.js';
import { PROBLEM_CODES } from '../../../core/health/severity.js';
import { LEVEL_ICONS } from '../../../extension/model/icons.js';
import { actionsFor, helpfulCommands, targetOf } from '../../../extension/model/problemActions.js';
import { conditionOf, worstProject, type ProjectCondition } from '../../../extension/model/projectCondition.js';
import type { ProjectState } from '../../../extension/model/projectState.js';
import { accessibleName, shownProblems } from '../../../extension/model/shownProblem.js';
import { statusView, worstProblem } from '../../../extension/model/statusView.js';
import { problemTitle, resolvedSentence } from '../../../extension/words/problemWords.js';
import { listedSummary } from '../../support/listedSummary.js';
import { backup, FAILURE, live, minutesAgo, NOW, overview, state } from './sampleState.js';
import { COPIED, problem } from './sampleSurvey.js';

const shrunk = state({
  overview: overview({ live: live({ condition: 'shrunk', counts: { total: 12, passing: 0, inProgress: 0 } }) }),
  problems: [problem('database-shrunk', 'warning', '', ['compare', 'restore', 'accept-smaller-backlog'])],
});
const damaged = state({
  overview: overview({ live: live({ condition: 'damaged', problems: ['database disk image is malformed'] }) }),
  problems: [problem('database-damaged', 'critical', '', ['restore-last-good', 'salvage', 'compare'])],
});
const busy = state({
  overview: overview({ live: undefined, problem: { ...FAILURE, code: 'database-busy' } }),
  undetermined: ['database-damaged'],
});

const CASES: readonly (readonly [title: string, state: ProjectState, condition: ProjectCondition, text: RegExp])[] = [
  ['a backed-up database', state(), 'healthy', /^\$\(shield\) 1 backup, 14 min ago$/],
  ['a project that has not been checked', state({ overview: undefined }), 'unchecked', /^\$\(sync\) Checking/],
  ['a critical problem', damaged, 'critical', /^\$\(error\) The database is damaged$/],
  ['a warning', shrunk, 'warning', /^\$\(warning\) The database has lost most of its features$/],
  [
    'information only',
    state({ problems: [problem('replication-failed', 'information', 'usb')] }),
    'healthy',
    /^\$\(shield\) 1 backup, 14 min ago$/,
  ],
  ['a check that did not finish', state({ checkFailure: FAILURE }), 'unknown', /^\$\(question\) Could not check/],
  [
    'a check that did not finish, after a warning',
    { ...shrunk, checkFailure: FAILURE },
    'unknown',
    /^\$\(question\) Could not check the project$/,
  ],
  [
    'a check that did not finish, after damage',
    { ...damaged, checkFailure: FAILURE },
    'critical',
    /^\$\(error\) The database is damaged$/,
  ],
  ['a busy database', busy, 'unknown', /^\$\(question\) Could not check/],
  [
    'a store that cannot be read',
    state({ overview: undefined, problems: [problem('store-unusable', 'critical')] }),
    'critical',
    /^\$\(error\) Could not read the project$/,
  ],
];

const several = state({
  problems: [
    problem('database-gone', 'critical'),
    problem('drill-failed', 'critical'),
    problem('replication-failed', 'warning', 'usb'),
    problem('replication-failed', 'warning', 'cloud'),
  ],
});

describe('the problems of a project', () => {
  for (const [title, project, condition, text] of CASES) {
    it(`make it ${condition} with ${title}, also in the status bar`, () => {
      assert.equal(conditionOf(project), condition);
      assert.match(statusView([project], NOW, true)?.text ?? '', text);
    });
  }

  it('are shown in the engine’s order, each with its own words', () => {
    assert.deepEqual(
      shownProblems(several, NOW).map(({ title }) => title),
      ['The database is missing', 'The last test restore failed', 'Sync to usb failed', 'Sync to cloud failed'],
    );
    assert.equal(shownProblems(several, NOW)[3]?.explanation, 'replication-failed cloud: what it means.');
    assert.match(statusView([several], NOW, true)?.tooltip ?? '', /Sync to cloud failed/);
  });

  it('are explained without command lines', () => {
    const late = healthProblem({
      code: 'backup-overdue',
      severity: 'warning',
      what: ['The backlog has changed'],
      advice: ['Run feature-backups backup to make one'],
    });
    const [shown] = shownProblems(state({ problems: [late] }), NOW);
    assert.equal(shown?.explanation, 'The backlog has changed.');
  });

  it('explain damage in plain words, with SQLite’s messages in the details', () => {
    const [shown] = shownProblems(damaged, NOW);
    assert.match(
      shown?.explanation ?? '',
      /^Parts of its content can no longer be read\. Restore the last good backup/,
    );
    assert.equal(shown?.detail, 'database disk image is malformed');
  });

  it('have an accessible name with the severity and the problem', () => {
    const names = [damaged, shrunk, state({ checkFailure: FAILURE })].flatMap((project) =>
      shownProblems(project, NOW).map(accessibleName),
    );
    assert.match(names[0] ?? '', /^Error: The database is damaged\. Parts of its content/);
    assert.match(names[1] ?? '', /^Warning: The database has lost most of its features\. /);
    assert.equal(names[2], 'Unknown: Could not check the project. The disk is full. Free some space.');
  });

  it('have different icons for each severity', () => {
    const ids = Object.values(LEVEL_ICONS).map(({ id }) => id);
    assert.deepEqual(ids, ['error', 'warning', 'info', 'question']);
  });

  it('put the worst project into the status bar', () => {
    const unknown = state({ checkFailure: FAILURE });
    assert.equal(worstProject([state(), shrunk, unknown, damaged]), damaged);
    assert.equal(worstProject([state(), shrunk, unknown]), unknown);
    assert.equal(worstProject([state({ problems: [problem('backup-overdue', 'warning')] }), shrunk]), shrunk);
    assert.match(statusView([state(), unknown, damaged], NOW, true)?.text ?? '', /\(\+1\)$/);
    assert.equal(worstProject([]), undefined);
    assert.equal(statusView([], NOW, true), undefined);
  });
});

describe('the words for problems', () => {
  it('exist for every code, without a full stop, and without control characters of a name', () => {
    for (const code of PROBLEM_CODES) {
      const subject = 'usb\u202e';
      const shown = `${problemTitle({ code, subject })} ${resolvedSentence({ code, subject })}`;
      assert.doesNotMatch(problemTitle({ code, subject }), /\.$/);
      assert.match(resolvedSentence({ code, subject }), /\.$/);
      assert.ok(!shown.includes('\u202e'), shown);
    }
  });

  it('escape control characters of a path and an error in every sentence', () => {
    const hostile = overview({
      databasePath: '/p/f\u202E.db',
      live: live({ condition: 'damaged', problems: ['x\u202e'] }),
    });
    const hostileProblem = healthProblem({ code: 'backup-failed', severity: 'critical', what: ['no\u202E'] });
    const project = state({
      overview: hostile,
      problems: [problem('database-damaged', 'critical'), hostileProblem],
      checkFailure: { ...FAILURE, message: 'no\u202E' },
    });
    for (const shown of shownProblems(project, NOW)) {
      const text = [shown.title, shown.explanation, shown.detail].join(' ');
      assert.ok(!text.includes('\u202E'), text);
    }
  });
});

describe('the status bar item', () => {
  it('has the background of the severity', () => {
    const backgrounds = CASES.map(([, project]) => statusView([project], NOW, true)?.background);
    assert.deepEqual(
      backgrounds,
      CASES.map(([, , condition]) =>
        condition === 'critical' ? 'error' : condition === 'warning' ? 'warning' : undefined,
      ),
    );
  });

  it('shows the last test restore and the targets in its tooltip', () => {
    const proven = overview({ provenAt: minutesAgo(3 * 24 * 60), targets: [COPIED] });
    const tooltip = statusView([state({ overview: proven })], NOW, true)?.tooltip ?? '';
    assert.match(tooltip, /Last successful test restore: 3 days ago/);
    assert.match(tooltip, /Target usb: synced 2 h ago/);
  });

  it('shows information in its tooltip only', () => {
    const [, project] = CASES[4] ?? [];
    assert.ok(project);
    assert.match(statusView([project], NOW, true)?.tooltip ?? '', /\*\*No problems\*\*.*Sync to usb failed/s);
  });

  it('shows a hostile project name as plain text in its tooltip', () => {
    const name = '[x](command:evil) **bold**\u202e';
    const tooltip = statusView([state({ name }), state()], NOW, true)?.tooltip ?? '';
    assert.ok(tooltip.includes('\\[x\\]\\(command:evil\\) \\*\\*bold\\*\\*'), tooltip);
    assert.ok(!tooltip.includes('\u202e'));
  });
});

describe('the actions that are offered', () => {
  const first = (project: ProjectState) => actionsFor(worstProblem(project, NOW), project, true)[0];

  it('begin with those that help', () => {
    assert.equal(first(damaged), 'restoreLastGood');
    assert.equal(first(shrunk), 'compareWithCurrent');
    assert.equal(first(state({ checkFailure: FAILURE })), 'showLog');
    assert.equal(first(state()), 'backUpNow');
  });

  it('are the engine’s for a shrunken database, with a backup from before the loss', () => {
    const [found] = databaseProblems(listedSummary({ live: { condition: 'shrunk' } }));
    const [shown] = shownProblems({ ...shrunk, problems: found === undefined ? [] : [found] }, NOW);
    assert.ok(shown);
    assert.deepEqual(helpfulCommands(shown, shrunk, true).slice(0, 3), [
      'compareWithCurrent',
      'restore',
      'acceptShrinkage',
    ]);
    assert.deepEqual(targetOf(shown, shrunk), { root: '/project', id: backup().id });
  });

  it('include no writing command in an untrusted workspace', () => {
    const offered = (isTrusted: boolean) =>
      CASES.flatMap(([, project]) => actionsFor(worstProblem(project, NOW), project, isTrusted));
    const writing = /^(backUp|restore|salvage|undo|delete|drill|replicate|verify|acceptShrinkage|startOver|connect)/;
    assert.ok(offered(true).some((name) => writing.test(name)));
    assert.ok(offered(false).length > CASES.length);
    assert.deepEqual(
      offered(false).filter((name) => writing.test(name)),
      [],
    );
  });

  it('include no restore without backups', () => {
    const bare = { ...damaged, overview: overview({ backups: [], live: live({ condition: 'damaged' }) }) };
    assert.deepEqual(
      actionsFor(worstProblem(bare, NOW), bare, true).filter((name) => /restore|salvage/i.test(name)),
      [],
    );
  });
});
