import assert from 'node:assert/strict';
import { coloursFor, wantsColour } from '../../../cli/printing/colours.js';
import { drawBar, progressBar } from '../../../cli/printing/progress.js';
import { table, tabSeparated } from '../../../cli/printing/table.js';
import { cutTo, widthOf } from '../../../cli/printing/width.js';
import { age, count, counts, size } from '../../../cli/printing/words.js';

describe('text on a terminal', () => {
  it('counts columns, not code units, and cuts by them', () => {
    assert.equal(widthOf('機能ab'), 6);
    assert.equal(widthOf('e\u0301'), 1);
    assert.equal(cutTo('機能機能', 5), '機能…');
    assert.equal(cutTo('short', 5), 'short');
  });
});

describe('a table', () => {
  const columns = [{ title: 'NAME' }, { title: 'N', align: 'right' }, { title: 'NOTES' }] as const;
  const plain = coloursFor(false);

  it('aligns its columns, leaves out empty ones and trailing blanks', () => {
    assert.equal(
      table(
        columns,
        [
          ['a', '5', ''],
          ['long name', '10', ''],
        ],
        plain,
      ),
      'NAME        N\na           5\nlong name  10\n',
    );
  });

  it('aligns by what is seen', () => {
    assert.equal(
      table(
        columns,
        [
          ['機能', '1', 'x'],
          ['ab', '2', ''],
        ],
        plain,
      ),
      'NAME  N  NOTES\n機能  1  x\nab    2\n',
    );
  });

  it('is tab-separated lines for a program', () => {
    assert.equal(
      tabSeparated([
        ['a', '1'],
        ['b', ''],
      ]),
      'a\t1\nb\t\n',
    );
  });
});

describe('colours', () => {
  it('are only for terminals that can, without NO_COLOR', () => {
    assert.equal(wantsColour(true, {}), true);
    assert.equal(wantsColour(true, { NO_COLOR: '' }), true);
    assert.equal(wantsColour(true, { NO_COLOR: '1' }), false);
    assert.equal(wantsColour(true, { TERM: 'dumb' }), false);
    assert.equal(wantsColour(false, {}), false);
    assert.equal(coloursFor(false).red('x'), 'x');
    assert.equal(coloursFor(true).red('x'), '\u001B[31mx\u001B[39m');
  });
});

describe('words', () => {
  it('count things', () => {
    assert.deepEqual(
      [count(0, 'backup'), count(1, 'backup'), count(1234, 'backup')],
      ['0 backups', '1 backup', '1,234 backups'],
    );
    assert.equal(counts({ total: 598, passing: 200 }), '598 features, 200 passing');
    assert.equal(counts({ total: 1 }), '1 feature');
    assert.equal(counts({}), 'an unknown number of features');
  });

  it('round sizes to what is read easily', () => {
    const sizes: readonly (readonly [number, string])[] = [
      [0, '0 B'],
      [999, '999 B'],
      [1000, '1.0 kB'],
      [409_600, '410 kB'],
      [999_499, '999 kB'],
      [999_500, '1.0 MB'],
      [2e9, '2.0 GB'],
    ];
    for (const [bytes, text] of sizes) assert.equal(size(bytes), text);
  });

  it('tell an age, and do not hide a clock that was set back', () => {
    const now = new Date('2026-06-01T12:00:00Z');
    const before = (seconds: number) => age(new Date(now.getTime() - seconds * 1000), now);
    assert.deepEqual([0, 59, 60, 3599, 3600, 86_399, 86_400, 86_400 * 100, 86_400 * 1000].map(before), [
      'just now',
      '59 s ago',
      '1 min ago',
      '59 min ago',
      '1 h ago',
      '23 h ago',
      '1 d ago',
      '3 months ago',
      '2 years ago',
    ]);
    assert.equal(before(-3600), 'in the future');
    assert.equal(age(new Date(Number.NaN), now), 'unknown');
  });
});

describe('the progress bar', () => {
  it('stays away in the first second, then draws, and wipes itself', () => {
    const written: string[] = [];
    let nowMs = 0;
    const bar = progressBar(
      (text) => written.push(text),
      () => nowMs,
    );
    bar.report('reading', 0.1);
    bar.clear();
    assert.deepEqual(written, []);
    bar.report('checking', 0, true);
    assert.equal(written.length, 1, 'the next step is known to take long');
    bar.clear();
    written.length = 0;
    nowMs = 1001;
    bar.report('reading', 0.5);
    bar.report('reading', 0.51);
    assert.equal(written.length, 1);
    bar.clear();
    bar.clear();
    assert.deepEqual(written.slice(1), ['\r\u001B[K']);
  });

  it('draws any fraction', () => {
    assert.equal(drawBar('x', 0.5), `${'█'.repeat(12)}${'░'.repeat(12)}  50 %  x`);
    for (const fraction of [-1, 2, Number.NaN, Infinity]) assert.equal(drawBar('', fraction).length, 32);
  });
});
