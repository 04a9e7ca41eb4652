import assert from 'node:assert/strict';
import { assessHealth, worstHealth, type HealthKind } from '../../../extension/model/health.js';
import type { ProjectState } from '../../../extension/model/projectState.js';
import { actionsFor, statusView } from '../../../extension/model/statusView.js';
import { backup, FAILURE, live, minutesAgo, NOW, overview, state } from './sampleState.js';

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
];

describe('the health of a project', () => {
  for (const [title, project, kind, text] of CASES) {
    it(`is ${kind} with ${title}, and the status bar says so`, () => {
      const health = assessHealth(project, NOW, LIMITS);
      assert.equal(health.kind, kind);
      assert.match(statusView([health], NOW, true)?.text ?? '', text);
    });
  }

  it('takes the user’s word that a shrunken backlog is meant, until it shrinks again', () => {
    assert.equal(assessHealth(state({ overview: shrunk, acceptedCount: 12 }), NOW, LIMITS).kind, 'safe');
    assert.equal(assessHealth(state({ overview: shrunk, acceptedCount: 25 }), NOW, LIMITS).kind, 'shrunk');
  });

  it('leaves out what the settings switch off', () => {
    const off = { unsavedMs: 0, watchesShrinkage: false };
    assert.equal(assessHealth(state({ overview: shrunk }), NOW, off).kind, 'safe');
    assert.equal(assessHealth(state({ changedSince: minutesAgo(1000) }), NOW, off).kind, 'safe');
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
      ['damaged', 'gone', 'shrunk', 'damaged'],
    );
    assert.deepEqual(
      kinds.filter((_, index) => coloured[index] === 'warning'),
      ['backupFailed'],
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
    for (const [, project] of CASES) {
      const actions = actionsFor(assessHealth(project, NOW, LIMITS), false);
      assert.deepEqual(
        actions.filter((name) => /^(backUp|restore|salvage|undo|delete)/.test(name)),
        [],
      );
    }
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
});
