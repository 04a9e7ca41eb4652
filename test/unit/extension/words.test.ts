import assert from 'node:assert/strict';
import { sizeInWords } from '../../../core/system/amounts.js';
import { BackupError } from '../../../core/system/errors.js';
import type { RestorePlan } from '../../../core/restore/restorePlan.js';
import type { Feature } from '../../../core/database/feature.js';
import { isOnSelection, parseTarget } from '../../../extension/commands/target.js';
import { parseQuery, uriParts } from '../../../extension/documents/stateUri.js';
import { describeError, errorFrom } from '../../../extension/engine/errorDescription.js';
import { failureWords } from '../../../extension/model/failureWords.js';
import { renderFeatures } from '../../../extension/model/renderFeatures.js';
import { comparisonSentence, previewRestore } from '../../../extension/model/restorePreview.js';
import { counts } from '../../../extension/words/amounts.js';
import { plainLine } from '../../../extension/words/plainText.js';
import { reasonWords } from '../../../extension/words/reasonWords.js';
import { ago, duration } from '../../../extension/words/times.js';
import { backup, NOW } from './sampleState.js';

const feature: Feature = {
  id: 12,
  priority: 3,
  category: 'Search',
  name: 'Sign in',
  description: 'One line\nand another',
  steps: ['Open the page', 'Look'],
  passes: false,
  inProgress: true,
  dependencies: [3, 4],
  needsHumanInput: false,
  humanInputRequest: null,
  humanInputResponse: null,
};

const nothing = { added: [], removed: [], changed: [], unchangedCount: 0, passingToFailing: 0, failingToPassing: 0 };

describe('untrusted text', () => {
  it('cannot hide or reorder characters, or end the line', () => {
    assert.equal(plainLine('a\u200Bb\u2060c\uFEFFd\u202Ee\nf\u001Bg'), 'a\\u200bb\\u2060c\\ufeffd\\u202ee\\nf\\x1bg');
    assert.equal(plainLine('\tname'), ' name');
  });
});

describe('the words for a reason', () => {
  it('are correct for names that every object inherits', () => {
    assert.equal(reasonWords('constructor', undefined), 'constructor');
    assert.equal(reasonWords('toString', 'feature 12'), 'toString #12');
    assert.equal(reasonWords('__proto__', undefined), 'proto');
    assert.equal(reasonWords('manual', undefined), 'manual backup');
  });
});

describe('the readable text of a backlog', () => {
  it('has one block per feature in the order of ids, one field per line', () => {
    assert.equal(
      renderFeatures([feature, { ...feature, id: 2, name: 'First', description: '', steps: [], dependencies: [] }]),
      [
        '#2 First',
        '  Status: failing, in progress',
        '  Category: Search',
        '  Priority: 3',
        '',
        '#12 Sign in',
        '  Status: failing, in progress',
        '  Category: Search',
        '  Priority: 3',
        '  Depends on: #3, #4',
        '  Description:',
        '      One line',
        '      and another',
        '  Steps:',
        '      1. Open the page',
        '      2. Look',
        '',
      ].join('\n'),
    );
  });

  it('keeps text in a field from looking like another feature', () => {
    const text = renderFeatures([
      { ...feature, name: 'a\n#99 Forged', description: 'x\n#98 Forged\r\n  Status: passing' },
    ]);
    assert.deepEqual(text.match(/^#\d+/gm), ['#12']);
    assert.equal(text.match(/^ {2}Status:/gm)?.length, 1);
  });

  it('reports an empty backlog', () => {
    assert.equal(renderFeatures([]), 'No features.\n');
  });
});

describe('the preview of a restore', () => {
  const plan: RestorePlan = {
    backup: backup(),
    databasePath: '/project/.autoforge/features.db',
    live: 'sound',
    problems: [],
    comparison: {
      ...nothing,
      removed: [feature, feature, feature],
      added: new Array<Feature>(12).fill(feature),
      failingToPassing: 29,
    },
    liveCounts: { total: 589, passing: 171, inProgress: 0 },
    backupCounts: { total: 598, passing: 200, inProgress: 0 },
    isUnchanged: false,
    method: 'online',
    blockers: [],
    staleLocks: [],
  };
  const holder = { pid: 42, command: 'python3', evidence: 'agent-lock', path: '/project/.agent.lock' } as const;

  it('counts lost and gained features, and names the action on the button', () => {
    const preview = previewRestore(plan, { backup: 'by hand' });
    assert.equal(preview.question, 'Restore 598 features from “by hand”?');
    assert.match(preview.detail, /^Removes 3 features, brings back 12 features, 29 go from failing to passing\./);
    assert.match(preview.detail, /you can undo this/);
    assert.equal(preview.button, 'Restore 598 Features');
    assert.equal(preview.needsForce, false);
  });

  it('warns of a running agent, also on the button', () => {
    const blockers = [{ code: 'agent-running', holders: [holder], isForceable: true }] as const;
    const preview = previewRestore({ ...plan, blockers }, { backup: 'by hand' });
    assert.match(preview.detail, /An agent is running \(python3, process 42\)/);
    assert.equal(preview.button, 'Restore 598 Features Anyway');
    assert.ok(preview.isPossible && preview.needsForce);
  });

  it('offers no restore while a blocker cannot be overridden', () => {
    const blockers = [{ code: 'database-in-use', holders: [holder], isForceable: false }] as const;
    const preview = previewRestore({ ...plan, blockers }, { backup: 'by hand' });
    assert.equal(preview.isPossible, false);
    assert.match(preview.detail, /Close it there, then try again/);
  });

  it('describes a missing or unreadable database', () => {
    const previewOf = (live: RestorePlan['live']) =>
      previewRestore({ ...plan, live, comparison: undefined }, { backup: 'b' }).detail;
    assert.match(previewOf('missing'), /features\.db is missing\. The backup has 598 features, 200 passing\.$/);
    assert.match(previewOf('unreadable'), /is no longer a readable database/);
  });

  it('uses the singular for one feature', () => {
    assert.equal(
      comparisonSentence({ ...nothing, added: [feature], passingToFailing: 1 }),
      'Brings back 1 feature, 1 goes from passing to failing.',
    );
    assert.equal(comparisonSentence(nothing), 'No features change.');
  });
});

describe('ages, sizes and errors', () => {
  it('formats ages, also after the clock was set back', () => {
    const at = (seconds: number): string => ago(new Date(NOW.getTime() - seconds * 1000), NOW);
    assert.deepEqual([59, 60, 3599, 3600, 86_400, 200_000, -30, -3600].map(at), [
      'just now',
      '1 min ago',
      '59 min ago',
      '1 h ago',
      '1 day ago',
      '2 days ago',
      'just now',
      'in the future',
    ]);
    assert.equal(duration(0), '1 min');
  });

  it('formats sizes and counts', () => {
    assert.deepEqual([0, 999, 1000, 438_272, 999_600, 12_345_678].map(sizeInWords), [
      '0 B',
      '999 B',
      '1.0 kB',
      '438 kB',
      '1.0 MB',
      '12 MB',
    ]);
    assert.equal(counts({}), 'an unknown number of features');
    assert.equal(counts({ total: 1, passing: 0 }), '1 feature, 0 passing');
  });

  it('turns an error into sentences and an action', () => {
    const error = new BackupError('The configuration is wrong', {
      code: 'configuration',
      operation: 'read',
      hint: 'Correct it.',
    });
    assert.deepEqual(failureWords(error), {
      message: 'The configuration is wrong. Correct it.',
      action: 'openConfiguration',
    });
    assert.match(failureWords(new Error('oops')).message, /Unexpected error.*oops/);
  });

  it('escapes control characters in an error, and keeps the lines of a hint', () => {
    const details = { code: 'io', operation: 'read', hint: 'Try\nagain\u200B.' } as const;
    const { message } = failureWords(new BackupError('Cannot read p\u202E\u001B', details));
    assert.equal(message, 'Cannot read p\\u202e\\x1b. Try\nagain\\u200b.');
    assert.match(failureWords(new Error('p\u202E')).message, /p\\u202e/);
  });

  it('passes errors between processes without loss', () => {
    const error = errorFrom(
      describeError(new BackupError('no', { code: 'disk-full', operation: 'write', path: '/x', hint: 'h' })),
    );
    assert.ok(error instanceof BackupError);
    assert.deepEqual(
      [error.message, error.code, error.operation, error.path, error.hint],
      ['no', 'disk-full', 'write', '/x', 'h'],
    );
    const bug = errorFrom(describeError(new TypeError('bug')));
    assert.ok(!(bug instanceof BackupError));
    assert.match(bug.stack ?? '', /words\.test/);
  });
});

describe('texts of the engine in the editor', () => {
  const error = (message: string, hint?: string) =>
    new BackupError(message, { code: 'backup-not-found', operation: 'find', hint });

  it('leave out sentences that name a command of the command line', () => {
    const hint = 'Nothing is pruned. feature-backups compare shows the changes; `feature-backups list` shows the rest.';
    assert.equal(failureWords(error('No backup of it', hint)).message, 'No backup of it. Nothing is pruned.');
    assert.equal(failureWords(error('No backup', 'See `feature-backups list`.')).message, 'No backup.');
  });

  it('leave out hints that name an option', () => {
    const hint = 'A server has "feature_mcp" in its command; name any other with --server.';
    assert.equal(
      failureWords(error('No server', hint)).message,
      'No server. A server has "feature_mcp" in its command.',
    );
  });

  it('keep an option that the message of another program names', () => {
    assert.equal(failureWords(error('rclone: use --retries')).message, 'rclone: use --retries.');
  });

  it('keep the names of files and folders', () => {
    const hint = 'Edit .feature-backups.json or feature-backups/config.json.';
    assert.equal(failureWords(error('Wrong value', hint)).message, `Wrong value. ${hint}`);
  });
});

describe('the targets of commands and documents', () => {
  const node = (id: string) => ({ kind: 'backup', id: `row-${id}`, root: '/p', backup: { id }, children: [] });

  it('are the clicked row, or the whole selection if it includes that row', () => {
    const [a, b, c] = [node('a'), node('b'), node('c')];
    assert.deepEqual(
      parseTarget([a, [a, b]]).backups.map(({ id }) => id),
      ['a', 'b'],
    );
    assert.deepEqual(
      parseTarget([c, [a, b]]).backups.map(({ id }) => id),
      ['c'],
    );
    assert.deepEqual(parseTarget([]), { root: undefined, backups: [] });
    assert.deepEqual(parseTarget([{ root: '/p' }]), { root: '/p', backups: [] });
    assert.deepEqual(parseTarget([{ root: '/p', id: 'x' }]).backups, [{ root: '/p', id: 'x' }]);
    assert.ok(isOnSelection([{ isOnSelection: true }]));
    assert.ok(!isOnSelection([a]));
  });

  it('are never read from a list', () => {
    const list = Object.assign([{ root: '/p' }], { root: '/p', id: 'x', isOnSelection: true });
    assert.deepEqual(parseTarget([list]), { root: undefined, backups: [] });
    assert.ok(!isOnSelection([list]));
  });

  it('survive a round trip through a URI; other URIs are refused', () => {
    const shown = { root: '/a b/ü', state: { kind: 'backup', id: 'x' } } as const;
    assert.deepEqual(parseQuery(uriParts(shown, 'a/b').query), shown);
    assert.equal(uriParts(shown, 'a/b').path, '/a-b.features');
    for (const query of [
      '',
      'x',
      '{}',
      '{"root":1,"state":{"kind":"live"}}',
      '{"root":"/","state":{"kind":"backup"}}',
    ]) {
      assert.equal(parseQuery(query), undefined, query);
    }
  });
});
