import assert from 'node:assert/strict';
import { damageDetail, explainDamage } from '../../../extension/model/damageWords.js';
import { backup, live, NOW, overview, state } from './sampleState.js';

const DATABASE = '/project/.autoforge/features.db';

/** Messages of SQLite and the engine. */
const CASES: readonly (readonly [problem: string, plain: RegExp])[] = [
  [`${DATABASE} is not a SQLite database`, /was overwritten; it is no longer a database/],
  ['file is not a database', /was overwritten/],
  [`${DATABASE} has a damaged header`, /was overwritten/],
  [
    `Could not take a consistent snapshot of ${DATABASE}: the database is shorter than its header states`,
    /truncated: its end is missing/,
  ],
  [
    `Could not take a consistent snapshot of ${DATABASE}: the write-ahead log has fewer commits than its index`,
    /\(-wal\).* is damaged/,
  ],
  ['Tree 9 page 9: btreeInitPage() returns error code 11', /Parts of its content can no longer be read/],
  ['database disk image is malformed', /Parts of its content/],
  ['Tree 12 page 40 cell 3: Rowid 17 out of order', /Parts of its content/],
  ['row 5 missing from index ix_features_priority', /An index .* the features themselves may be intact/],
  ['wrong # of entries in index ix_features_priority', /An index/],
  ['NULL value in features.name', /violate the database’s constraints/],
  ['something that nobody has seen yet', /Parts of its content/],
];

describe('the explanation of damage', () => {
  for (const [problem, plain] of CASES) {
    it(`rephrases “${problem.replace(DATABASE, 'features.db')}”`, () => {
      const words = explainDamage(damaged([problem]), NOW);
      assert.match(words, plain);
      assert.ok(!words.includes(problem), words);
      assert.ok(!words.includes('/project'), words);
    });
  }

  it('names the next step: restore, verify, or keep the file', () => {
    const explanationOf = (part: Parameters<typeof overview>[0]) => explainDamage(damaged(['malformed'], part), NOW);
    assert.match(explanationOf({}), /Restore the last good backup \(14 min ago\)/);
    assert.match(
      explanationOf({ lastGoodId: undefined, backups: [backup()] }),
      /Verify all backups, then restore the newest/,
    );
    assert.match(explanationOf({ lastGoodId: undefined, backups: [] }), /Do not change the file/);
    assert.match(explanationOf({}), /No backups are pruned in the meantime\.$/);
  });

  it('keeps SQLite’s messages for the details, as plain text and without the path', () => {
    const detail = damageDetail(damaged([`${DATABASE} is odd\u202e`, 'row 5 missing from index x']));
    assert.equal(detail, 'features.db is odd\\u202e\nrow 5 missing from index x');
    assert.equal(damageDetail(state()), '');
  });
});

function damaged(problems: readonly string[], part: Parameters<typeof overview>[0] = {}) {
  return state({ overview: overview({ live: live({ condition: 'damaged', problems }), ...part }) });
}
