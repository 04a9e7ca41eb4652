import assert from 'node:assert/strict';
import { backupRow } from '../../../extension/model/backupRow.js';
import { backupTooltip } from '../../../extension/model/backupTooltip.js';
import { matchesFilter } from '../../../extension/model/filter.js';
import type { ProjectState } from '../../../extension/model/projectState.js';
import { buildTree, countProblems, viewDescription } from '../../../extension/model/tree.js';
import type { TreeNode } from '../../../extension/model/treeNodes.js';
import { timeOfDay } from '../../../extension/words/times.js';
import { backup, live, minutesAgo, NOW, overview, state } from './sampleState.js';
import { problem } from './sampleSurvey.js';

const event = (detail: string) => ({
  at: NOW.toISOString(),
  source: 'mcp' as const,
  reason: 'before_mark_passing',
  detail,
});

describe('the rows of the tree', () => {
  it('groups the backups of a single project by day, newest first, with emergency backups in a separate group', () => {
    const backups = [
      backup({ createdAt: minutesAgo(5) }),
      backup({ createdAt: minutesAgo(14) }),
      backup({ createdAt: minutesAgo(24 * 60) }),
      backup({ createdAt: new Date(2025, 11, 30, 12) }),
      backup({ kind: 'emergency', createdAt: minutesAgo(3), reason: 'emergency' }),
    ];
    const tree = treeOf(state({ overview: overview({ backups }) }));
    assert.deepEqual(
      tree.map((node) => (node.kind === 'group' ? [node.label, node.children.length, node.isExpanded] : node.kind)),
      [
        ['Today', 2, true],
        ['Yesterday', 1, false],
        [
          new Date(2025, 11, 30).toLocaleDateString(undefined, {
            weekday: 'short',
            year: 'numeric',
            month: 'short',
            day: 'numeric',
          }),
          1,
          false,
        ],
        ['Emergency backups', 1, false],
      ],
    );
  });

  it('calls the previous day yesterday across a clock change', () => {
    const morning = new Date(2026, 2, 30, 0, 30);
    const lateYesterday = new Date(2026, 2, 29, 23, 50);
    const tree = treeOf(state({ overview: overview({ backups: [backup({ createdAt: lateYesterday })] }) }), morning);
    assert.equal(tree[0]?.kind === 'group' && tree[0].label, 'Yesterday');
  });

  it('is empty for a project without backups, so the welcome text is shown', () => {
    const problems = [problem('never-backed-up', 'warning')];
    assert.deepEqual(treeOf(state({ problems, overview: overview({ backups: [] }) })), []);
    assert.deepEqual(buildTree([], '', NOW), []);
  });

  it('shows problems at the top', () => {
    const problems = [problem('database-damaged', 'critical')];
    const [first] = treeOf(state({ problems, overview: overview({ live: live({ condition: 'damaged' }) }) }));
    assert.equal(first?.kind, 'problem');
    assert.equal(first.problem.title, 'The database is damaged');
  });

  it('shows information below the problems, without counting it', () => {
    const information = problem('replication-failed', 'information', 'usb');
    const project = state({ problems: [problem('backup-overdue', 'warning'), information] });
    const rows = treeOf(project).flatMap((node) => (node.kind === 'problem' ? [node.problem.level] : []));
    assert.deepEqual(rows, ['warning', 'information']);
    assert.equal(countProblems([project]), 1);
  });

  it('shows a database that disappeared before its first backup as a problem, not as an empty view', () => {
    const [first, ...rest] = treeOf(state({ overview: undefined, problems: [problem('database-gone', 'warning')] }));
    assert.equal(first?.kind === 'problem' && first.problem.title, 'The database is missing');
    assert.deepEqual(rest, []);
  });

  it('shows several projects, each with its own backups', () => {
    const projects = [
      state({ root: '/a', name: 'a' }),
      state({
        root: '/b',
        name: 'b',
        problems: [problem('never-backed-up', 'warning')],
        overview: overview({ backups: [] }),
      }),
    ];
    const tree = buildTree(projects, '', NOW);
    assert.deepEqual(
      tree.map(
        (node) => node.kind === 'project' && [node.label, node.description, node.children.map(({ kind }) => kind)],
      ),
      [
        ['a', '1 backup', ['group']],
        ['b', '1 problem', ['note']],
      ],
    );
  });

  it('shows the last test restore beside the title of a single project', () => {
    const proven = state({ overview: overview({ provenAt: minutesAgo(3 * 60) }) });
    assert.equal(viewDescription([proven], NOW), 'restore tested 3 h ago');
    assert.equal(viewDescription([state()], NOW), undefined);
    assert.equal(viewDescription([proven, proven], NOW), undefined);
  });

  it('gives every node a unique id', () => {
    const projects = ['/a', '/b'].map((root) => state({ root, overview: overview({ root }) }));
    const ids = flatten(buildTree(projects, '', NOW)).map(({ id }) => id);
    assert.ok(ids.length >= 4, ids.join());
    assert.equal(new Set(ids).size, ids.length);
  });

  it('counts the problems that the engine reports', () => {
    const damaged = backup({ meta: { verified: { at: '', check: 'integrity_check', ok: false } } });
    const all = [
      state({
        problems: [problem('backup-damaged', 'warning', damaged.id)],
        overview: overview({ backups: [damaged, backup()] }),
      }),
      state({ problems: [problem('never-backed-up', 'warning')], overview: overview({ backups: [] }) }),
    ];
    assert.equal(countProblems(all), 2);
    assert.equal(countProblems([state()]), 0);
  });
});

describe('a backup’s row', () => {
  it('shows its reason in words', () => {
    const row = (reason: string, detail?: string) =>
      backupRow(backup({ reason, meta: { events: detail === undefined ? [] : [{ ...event(detail), reason }] } })).label;
    assert.equal(row('before_mark_passing', 'feature 12'), 'before mark passing #12');
    assert.equal(row('before_set_dependencies', 'features 3, 4'), 'before set dependencies #3, #4');
    assert.equal(row('after_change'), 'after a change');
    assert.equal(row('before_commit', 'on main'), 'before commit: on main');
    assert.equal(row('my_own_reason'), 'my own reason');
  });

  it('shows only its time if its features were not counted', () => {
    const uncounted = backup({ counts: {} });
    assert.equal(backupRow(uncounted).description, timeOfDay(uncounted.createdAt));
  });

  it('includes the meaning of the icon in the accessibility label', () => {
    const { ariaLabel } = backupRow(backup({ meta: { pinned: true } }));
    for (const word of ['598 features', '200 passing', 'pinned']) assert.ok(ariaLabel.includes(word), ariaLabel);
  });

  it('has a different icon for each condition', () => {
    const icons = [
      backup(),
      backup({ meta: { pinned: true } }),
      backup({ history: { segmentPath: '/project/.feature_backups/history-000001.fbh', index: 0 } }),
      backup({ meta: { verified: { at: '', check: 'integrity_check', ok: false } } }),
      backup({ metadata: undefined }),
      backup({ kind: 'emergency', content: 'raw', counts: {} }),
    ].map((each) => backupRow(each).icon.id);
    assert.equal(new Set(icons).size, icons.length, icons.join());
  });

  it('shows hostile metadata as plain text, without links, commands or reordering', () => {
    const hostile = '[click](command:workbench.action.quit) <img src=x> `code` \u202egnp.exe\n# heading';
    const tooltip = backupTooltip(
      backup({
        reason: hostile,
        meta: { git: { branch: hostile, head: null }, events: [event(hostile), event(hostile)] },
      }),
    );
    assert.ok(!tooltip.includes('[click]('), tooltip);
    assert.ok(!/(^|[^\\])<img/.test(tooltip), tooltip);
    assert.ok(!tooltip.includes('\u202e'));
    assert.ok(!tooltip.includes('\n# heading'));
  });

  it('lists the check, branch, size and events in the tooltip', () => {
    const tooltip = backupTooltip(
      backup({
        meta: { git: { branch: 'main', head: '4f2c9e1b7a60d358' }, events: [event('feature 12'), event('feature 13')] },
      }),
    );
    for (const part of ['main', '4f2c9e1b7a60', '438 kB', '\\#12', '\\#13', 'integrity\\_check']) {
      assert.ok(tooltip.includes(part), `${part} in ${tooltip}`);
    }
  });

  it('shows the result of the last test restore in the tooltip', () => {
    const drilled = (ok: boolean) =>
      backupTooltip(backup({ meta: { drilled: { at: NOW.toISOString(), ok, reader: 'sqlite3' } } }));
    assert.match(drilled(true), /Test restore: succeeded, .*sqlite3/);
    assert.match(drilled(false), /Test restore: failed/);
    assert.doesNotMatch(backupTooltip(backup()), /Test restore/);
  });

  it('reports missing metadata in the tooltip', () => {
    assert.match(backupTooltip(backup({ metadata: undefined })), /metadata is missing/);
  });
});

describe('the filter', () => {
  const marked = backup({
    reason: 'before_mark_passing',
    meta: { events: [event('feature 12')], git: { branch: 'Big-Refactor', head: null } },
  });

  it('finds a backup by its words in any case and order', () => {
    for (const filter of ['', 'PASSING', 'big-refactor mark', '#12', 'verified', 'mcp']) {
      assert.ok(matchesFilter(marked, filter), filter);
    }
  });

  it('requires every word to match', () => {
    assert.ok(!matchesFilter(marked, 'passing nothing'));
    assert.ok(!matchesFilter(marked, 'damaged'));
  });
});

function treeOf(project: ProjectState, now = NOW): readonly TreeNode[] {
  return buildTree([project], '', now);
}

function flatten(nodes: readonly TreeNode[]): readonly TreeNode[] {
  return nodes.flatMap((node) => [node, ...flatten(node.children)]);
}
