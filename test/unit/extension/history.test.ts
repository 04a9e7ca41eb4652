import assert from 'node:assert/strict';
import { backupRow } from '../../../extension/model/backupRow.js';
import { backupTooltip } from '../../../extension/model/backupTooltip.js';
import { filteredDayNode, historyDayNode, historyStateNodes } from '../../../extension/model/historyTree.js';
import { momentText, suggestedMoment, parseMoment } from '../../../extension/model/momentInput.js';
import { buildTree } from '../../../extension/model/tree.js';
import type { TreeNode } from '../../../extension/model/treeNodes.js';
import type { Overview } from '../../../extension/engine/protocol.js';
import { backup, minutesAgo, NOW, overview, state } from './sampleState.js';

const history = { segmentPath: '/project/.feature_backups/history-000001-20260120-100000.fbh', index: 7 };
const historyState = backup({ history, path: history.segmentPath, sizeBytes: 1_320, meta: { reason: 'manual' } });

describe('the history in the tree', () => {
  it('is a separate group below the backups, loaded when it is expanded', () => {
    const last = treeOf({ history: { stateCount: 1234, sizeBytes: 1_604_000, oldest: minutesAgo(60_000) } }).at(-1);
    assert.equal(last?.kind, 'history');
    assert.equal(last.description, `${(1234).toLocaleString()} states`);
    assert.deepEqual(last.children, []);
  });

  it('is absent while nothing is archived', () => {
    assert.deepEqual(
      treeOf({}).map(({ kind }) => kind),
      ['group'],
    );
  });

  it('appears even if no backups are left', () => {
    const tree = treeOf({ backups: [], history: { stateCount: 2, sizeBytes: 2_000, oldest: NOW } });
    assert.deepEqual(
      tree.map(({ kind }) => kind),
      ['note', 'history'],
    );
  });

  it('names days like the backup list', () => {
    const day = (newestAt: Date) => historyDayNode('/project', { key: 'k', newestAt, stateCount: 3 }, NOW).label;
    assert.equal(day(minutesAgo(1)), 'Today');
    assert.equal(day(minutesAgo(24 * 60)), 'Yesterday');
    assert.match(day(new Date(2025, 11, 30)), /2025/);
  });

  it('shows how many states of a day match the filter', () => {
    const day = { key: '2026-01-25', newestAt: NOW, stateCount: 40 };
    const node = filteredDayNode('/project', day, [historyState], NOW);
    assert.equal(node.description, '1 of 40');
    assert.deepEqual(
      node.children.map(({ kind }) => kind),
      ['backup'],
    );
    assert.notEqual(node.id, historyDayNode('/project', day, NOW).id);
  });

  it('gives a state a different row id from the backup of the same name', () => {
    const [row] = historyStateNodes('/project', [historyState]);
    const ids = flatten(treeOf({ backups: [historyState] })).map(({ id }) => id);
    assert.ok(row !== undefined && !ids.includes(row.id));
  });
});

describe('a state of the history', () => {
  it('has a row like a backup, with its own icon and menus', () => {
    const [state, stored] = [backupRow(historyState), backupRow(backup())];
    assert.equal(state.label, stored.label);
    assert.equal(state.description, stored.description);
    assert.notEqual(state.icon.id, stored.icon.id);
    assert.equal(state.contextValue, 'backup history readable');
    assert.match(state.ariaLabel, /in the history/);
  });

  it('shows its stored size, original size and name in the tooltip', () => {
    const tooltip = backupTooltip(historyState).replaceAll('\\', '');
    assert.match(tooltip, /1\.3 kB in the history, 438 kB when restored/);
    assert.ok(tooltip.includes(`Name: ${historyState.id}`), tooltip);
    assert.ok(tooltip.includes('History file: history-000001-20260120-100000.fbh'), tooltip);
  });
});

describe('a compressed backup', () => {
  it('has an ordinary row, and its tooltip shows that it is compressed', () => {
    const compressed = backup({ compressed: true, sizeBytes: 95_000 });
    assert.deepEqual(backupRow(compressed), backupRow(backup()));
    assert.match(backupTooltip(compressed).replaceAll('\\', ''), /95 kB, compressed from 438 kB/);
  });
});

describe('a typed point in time', () => {
  const at = (text: string): string => String(parseMoment(text, NOW));

  it('accepts a local date and time, to the end of the minute', () => {
    assert.equal(parseMoment('2026-01-20 14:46', NOW)?.getTime(), new Date(2026, 0, 20, 14, 46, 59, 999).getTime());
    assert.equal(at(' 2026-1-20T14:46 '), at('2026-01-20 14:46'));
  });

  it('accepts a whole day', () => {
    assert.equal(parseMoment('2026-01-20', NOW)?.getTime(), new Date(2026, 0, 20, 23, 59, 59, 999).getTime());
  });

  it('accepts seconds', () => {
    assert.equal(parseMoment('2026-01-20 14:46:07', NOW)?.getTime(), new Date(2026, 0, 20, 14, 46, 7, 999).getTime());
  });

  it('treats a time without a date as today', () => {
    assert.equal(at('9:05'), at('2026-01-25 09:05'));
  });

  it('rejects dates and times that do not exist', () => {
    const wrong = [
      ...['', 'yesterday', '2026-01-2510:00', '14', '2026-02-30', '2026-02-30 10:00', '2026-13-01 10:00'],
      ...['24:00', '12:60', '12:00:61', '2026-01-25 10'],
    ];
    assert.deepEqual(
      wrong.filter((text) => parseMoment(text, NOW) !== undefined),
      [],
    );
  });

  it('suggests an hour ago, but nothing before the oldest state', () => {
    assert.equal(momentText(suggestedMoment(minutesAgo(6_000), NOW)), '2026-01-25 14:00');
    assert.equal(momentText(suggestedMoment(minutesAgo(7), NOW)), '2026-01-25 14:53');
    assert.equal(momentText(parseMoment('2026-01-25 14:53', NOW) ?? NOW), '2026-01-25 14:53');
  });
});

function treeOf(part: Partial<Overview>): readonly TreeNode[] {
  return buildTree([state({ overview: overview(part) })], '', NOW);
}

function flatten(nodes: readonly TreeNode[]): readonly TreeNode[] {
  return nodes.flatMap((node) => [node, ...flatten(node.children)]);
}
