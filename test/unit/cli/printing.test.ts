import assert from 'node:assert/strict';
import { coloursFor, useColour } from '../../../cli/printing/colours.js';
import { drawBar, progressBar } from '../../../cli/printing/progress.js';
import { table, tabSeparated } from '../../../cli/printing/table.js';
import { truncateStart, truncateEnd, widthOf } from '../../../cli/printing/width.js';
import { age } from '../../../cli/printing/words.js';

describe('text on a terminal', () => {
  it('counts and cuts by columns instead of code units', () => {
    assert.equal(widthOf('機能ab'), 6);
    assert.equal(widthOf('e\u0301'), 1);
    assert.equal(truncateEnd('機能機能', 5), '機能…');
    assert.equal(truncateEnd('short', 5), 'short');
    assert.equal(truncateStart('/home/機能', 6), '…/機能');
  });

  it('counts an emoji of several parts as one, and does not split it', () => {
    assert.deepEqual(['👩‍👩‍👧', '🇩🇪', '❤️', '1️⃣'].map(widthOf), [2, 2, 2, 2]);
    assert.equal(truncateEnd('ab👩‍👩‍👧cd', 5), 'ab👩‍👩‍👧…');
    assert.equal(truncateEnd('ab👩‍👩‍👧cd', 4), 'ab…');
    assert.equal(truncateStart('ab🇩🇪', 3), '…🇩🇪');
  });
});

describe('a table', () => {
  const columns = [{ title: 'NAME' }, { title: 'N', align: 'right' }, { title: 'NOTES' }] as const;
  const plain = coloursFor(false);

  it('aligns its columns, and leaves out empty columns and trailing blanks', () => {
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

  it('aligns wide characters', () => {
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

  it('becomes tab-separated lines for a program', () => {
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
  it('are used only on a capable terminal without NO_COLOR', () => {
    assert.equal(useColour(true, {}), true);
    assert.equal(useColour(true, { NO_COLOR: '' }), true);
    assert.equal(useColour(true, { NO_COLOR: '1' }), false);
    assert.equal(useColour(true, { TERM: 'dumb' }), false);
    assert.equal(useColour(false, {}), false);
    assert.equal(coloursFor(false).red('x'), 'x');
    assert.equal(coloursFor(true).red('x'), '\u001B[31mx\u001B[39m');
  });
});

describe('words', () => {
  it('give an age, also for a time in the future', () => {
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
  it('appears after a second, and erases itself', () => {
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

  it('accepts any fraction', () => {
    assert.equal(drawBar('x', 0.5), `${'█'.repeat(12)}${'░'.repeat(12)}  50 %  x`);
    for (const fraction of [-1, 2, Number.NaN, Infinity]) assert.equal(drawBar('', fraction).length, 32);
  });
});
