import assert from 'node:assert/strict';
import { projectRow } from '../../../extension/model/projectRow.js';
import { conditionOfProject, worstProjectsFirst } from '../../../extension/model/surveyedProject.js';
import { FAILURE, NOW } from './sampleState.js';
import { COPIED, surveyed, problem } from './sampleSurvey.js';

const named = (name: string) => ({ name, root: `/projects/${name}` });

const well = surveyed({ known: named('well') });
const gone = surveyed({
  known: { ...named('a-gone'), status: 'gone' },
  problems: [problem('project-gone', 'warning')],
  newest: undefined,
});
const empty = surveyed({ known: { ...named('empty'), status: 'no-database' }, newest: undefined });
const uncopied = surveyed({ known: named('uncopied'), problems: [problem('replication-failed', 'warning', 'usb')] });
const shrunk = surveyed({ known: named('shrunk'), problems: [problem('database-shrunk', 'warning')] });
const damaged = surveyed({ known: named('damaged'), problems: [problem('database-damaged', 'critical')] });
const undrilled = surveyed({ known: named('undrilled'), problems: [problem('drill-failed', 'critical')] });
const unreadable = surveyed({ known: named('unreadable'), failure: FAILURE });
const unseen = { ...surveyed({ known: named('unseen') }), survey: undefined };
const informed = surveyed({ known: named('informed'), problems: [problem('backup-overdue', 'information')] });

describe('the list of all projects', () => {
  it('sorts projects by severity, missing ones last', () => {
    const all = [well, gone, empty, uncopied, shrunk, damaged, undrilled, unreadable, unseen, informed];
    assert.deepEqual(
      worstProjectsFirst(all).map(({ known }) => known.name),
      ['damaged', 'undrilled', 'unreadable', 'shrunk', 'uncopied', 'unseen', 'informed', 'well', 'empty', 'a-gone'],
    );
  });

  it('sorts projects of equal severity by name', () => {
    const all = ['c', 'a', 'b'].map((name) => surveyed({ known: named(name) }));
    assert.deepEqual(
      worstProjectsFirst(all).map(({ known }) => known.name),
      ['a', 'b', 'c'],
    );
  });

  it('shows the feature count, backup age and last test restore of each project', () => {
    assert.equal(projectRow(well, NOW).description, '598 features, 2 h ago · tested 3 days ago');
    assert.equal(projectRow(surveyed({ provenAt: undefined }), NOW).description, '598 features, 2 h ago');
    const fresh = surveyed({ newest: undefined, provenAt: undefined });
    assert.equal(projectRow(fresh, NOW).description, '600 features, no backups yet');
    assert.equal(projectRow(unseen, NOW).description, '');
  });

  it('shows problems below the project, expanded unless the row already names them', () => {
    const bad = surveyed({
      problems: [problem('drill-failed', 'critical'), problem('replication-failed', 'warning', 'usb')],
    });
    const row = projectRow(bad, NOW);
    assert.deepEqual(
      row.problems.map(({ label, icon }) => [label, icon.id]),
      [
        ['The last test restore failed', 'error'],
        ['Sync to usb failed', 'warning'],
      ],
    );
    assert.equal(row.isExpanded, true);
    assert.equal(projectRow(uncopied, NOW).isExpanded, true);
    const fresh = surveyed({ newest: undefined, problems: [problem('never-backed-up', 'warning')] });
    assert.equal(projectRow(fresh, NOW).isExpanded, false);
    assert.deepEqual(projectRow(well, NOW).problems, []);
  });

  it('shows information without marking the project', () => {
    const row = projectRow(informed, NOW);
    assert.deepEqual([row.icon.id, row.isExpanded, row.problems[0]?.icon.id], ['pass', false, 'info']);
    assert.match(row.problems[0]?.ariaLabel ?? '', /^Information: Backup overdue\. /);
  });

  it('greys out a missing project instead of marking it as an error', () => {
    const row = projectRow(gone, NOW);
    assert.equal(conditionOfProject(gone), 'gone');
    assert.deepEqual(
      [row.isGreyed, row.description, row.icon.id, row.problems],
      [true, 'folder missing', 'circle-slash', []],
    );
    assert.match(row.tooltip, /project\\-gone/);
  });

  it('keeps the last known facts about an unreadable project, and shows the reason', () => {
    const row = projectRow(unreadable, NOW);
    assert.equal(conditionOfProject(unreadable), 'unknown');
    assert.equal(
      row.problems[0]?.ariaLabel,
      'Unknown: Could not check the project. The disk is full. Free some space.',
    );
    assert.match(row.description, /598 features/);
  });

  it('lists all facts in the tooltip', () => {
    const failing = { ...COPIED, name: 'cloud', problem: 'no route to host' };
    const { tooltip } = projectRow(
      surveyed({ problems: [problem('backup-overdue', 'warning')], targets: [COPIED, failing] }),
      NOW,
    );
    for (const part of [
      /backup\\-overdue : what it means\\\./,
      /Backlog: 600 features, 210 passing/,
      /Last backup: 2 h ago, 598 features, 200 passing/,
      /Last successful test restore: 3 days ago/,
      /Backups: 20, 8\\\.8 MB/,
      /Target usb: synced 2 h ago/,
      /Target cloud: sync failed, last synced 2 h ago/,
    ])
      assert.match(tooltip, part);
  });

  it('shows hostile names as plain text', () => {
    const hostile = surveyed({ known: { name: '[x](command:evil)\u202e\n**b**', root: '/projects/<b>' } });
    const row = projectRow(hostile, NOW);
    assert.ok(!row.label.includes('\u202e'));
    assert.ok(row.tooltip.includes('\\[x\\]\\(command:evil\\)'), row.tooltip);
    assert.ok(row.tooltip.includes('\\<b\\>'), row.tooltip);
  });

  it('offers only the commands that apply to a project', () => {
    assert.equal(projectRow(gone, NOW).contextValue, 'goneProject');
    assert.equal(projectRow(empty, NOW).contextValue, 'emptyProject');
    for (const status of ['gone', 'no-database'] as const) {
      const { contextValue } = projectRow(surveyed({ known: { status }, vaultCount: 2 }), NOW);
      assert.equal(contextValue, status === 'gone' ? 'goneProject inVault' : 'emptyProject inVault');
    }
    assert.equal(projectRow(surveyed({ backupCount: 0 }), NOW).contextValue, 'anyProject');
    assert.equal(projectRow(surveyed({ targets: [COPIED] }), NOW).contextValue, 'anyProject backedUp targets');
  });

  it('includes the meaning of the icon in the accessibility label', () => {
    assert.equal(
      projectRow(uncopied, NOW).ariaLabel,
      'uncopied, needs attention, Sync to usb failed, 598 features, 2 h ago · tested 3 days ago',
    );
  });
});
