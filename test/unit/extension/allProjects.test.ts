import assert from 'node:assert/strict';
import { projectRow } from '../../../extension/model/projectRow.js';
import { conditionOfProject, worstProjectsFirst } from '../../../extension/model/surveyedProject.js';
import { FAILURE, NOW } from './sampleState.js';
import { COPIED, surveyed, trouble } from './sampleSurvey.js';

const named = (name: string) => ({ name, root: `/projects/${name}` });

const well = surveyed({ known: named('well') });
const gone = surveyed({
  known: { ...named('a-gone'), status: 'gone' },
  troubles: [trouble('project-gone', 'warning')],
  newest: undefined,
});
const empty = surveyed({ known: { ...named('empty'), status: 'no-database' }, newest: undefined });
const uncopied = surveyed({ known: named('uncopied'), troubles: [trouble('replication-failed', 'warning', 'usb')] });
const shrunk = surveyed({ known: named('shrunk'), troubles: [trouble('database-shrunk', 'warning')] });
const damaged = surveyed({ known: named('damaged'), troubles: [trouble('database-damaged', 'critical')] });
const undrilled = surveyed({ known: named('undrilled'), troubles: [trouble('drill-failed', 'critical')] });
const unreadable = surveyed({ known: named('unreadable'), failure: FAILURE });
const unseen = { ...surveyed({ known: named('unseen') }), survey: undefined };

describe('the list of all projects', () => {
  it('begins with the worst, and ends with those that need nobody', () => {
    const all = [well, gone, empty, uncopied, shrunk, damaged, undrilled, unreadable, unseen];
    assert.deepEqual(
      worstProjectsFirst(all).map(({ known }) => known.name),
      ['damaged', 'undrilled', 'unreadable', 'shrunk', 'uncopied', 'unseen', 'well', 'empty', 'a-gone'],
    );
  });

  it('sorts projects that are as bad as each other by name', () => {
    const all = ['c', 'a', 'b'].map((name) => surveyed({ known: named(name) }));
    assert.deepEqual(
      worstProjectsFirst(all).map(({ known }) => known.name),
      ['a', 'b', 'c'],
    );
  });

  it('says of each how much is safe, since when, and when that was proven', () => {
    assert.equal(projectRow(well, NOW).description, '598 features, 2 h ago · proven 3 days ago');
    assert.equal(projectRow(surveyed({ provenAt: undefined }), NOW).description, '598 features, 2 h ago');
    const fresh = surveyed({ newest: undefined, provenAt: undefined });
    assert.equal(projectRow(fresh, NOW).description, '600 features, no backup yet');
    assert.equal(projectRow(unseen, NOW).description, '');
  });

  it('shows what is wrong below the project, and opens it where its own row does not say so already', () => {
    const bad = surveyed({
      troubles: [trouble('drill-failed', 'critical'), trouble('replication-failed', 'warning', 'usb')],
    });
    const row = projectRow(bad, NOW);
    assert.deepEqual(
      row.troubles.map(({ label, icon }) => [label, icon.id]),
      [
        ['The last restore drill failed', 'error'],
        ['Copying to usb fails', 'warning'],
      ],
    );
    assert.equal(row.isExpanded, true);
    assert.equal(projectRow(uncopied, NOW).isExpanded, true);
    const fresh = surveyed({ newest: undefined, troubles: [trouble('never-backed-up', 'warning')] });
    assert.equal(projectRow(fresh, NOW).isExpanded, false);
    assert.deepEqual(projectRow(well, NOW).troubles, []);
  });

  it('greys a project that is gone, and does not call it an error', () => {
    const row = projectRow(gone, NOW);
    assert.equal(conditionOfProject(gone), 'gone');
    assert.deepEqual(
      [row.isGreyed, row.description, row.icon.id, row.troubles],
      [true, 'the folder is gone', 'circle-slash', []],
    );
    assert.match(row.tooltip, /project\\-gone/);
  });

  it('keeps what is known of a project that cannot be looked at now, and says why', () => {
    const row = projectRow(unreadable, NOW);
    assert.equal(row.troubles[0]?.message, 'The disk is full. Free some space');
    assert.match(row.description, /598 features/);
  });

  it('tells in the tooltip, in sentences, all that is known', () => {
    const failing = { ...COPIED, name: 'cloud', problem: 'no route to host' };
    const { tooltip } = projectRow(
      surveyed({ troubles: [trouble('backup-overdue', 'warning')], targets: [COPIED, failing] }),
      NOW,
    );
    for (const part of [
      /backup\\-overdue : what it means\\\./,
      /Backlog: 600 features, 210 passing/,
      /Last backup: 2 h ago, 598 features, 200 passing/,
      /Restoring last proven: 3 days ago/,
      /Backups: 20, 8\\\.8 MB/,
      /Copies in usb: complete, 2 h ago/,
      /Copies in cloud: copying fails, last complete 2 h ago/,
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

  it('offers for each only what can be done with it', () => {
    assert.equal(projectRow(gone, NOW).contextValue, 'goneProject');
    assert.equal(projectRow(empty, NOW).contextValue, 'emptyProject');
    assert.equal(projectRow(surveyed({ backupCount: 0 }), NOW).contextValue, 'anyProject');
    assert.equal(projectRow(surveyed({ targets: [COPIED] }), NOW).contextValue, 'anyProject backedUp targets');
  });

  it('reads out what the icon says', () => {
    assert.equal(
      projectRow(uncopied, NOW).ariaLabel,
      'uncopied, needs attention, Copying to usb fails, 598 features, 2 h ago · proven 3 days ago',
    );
  });
});
