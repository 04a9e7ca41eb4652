import assert from 'node:assert/strict';
import { ServerLines } from '../../../mcp/tap/serverLines.js';

describe('lines from the server', () => {
  it('inserts a message only between lines', () => {
    const { lines, text } = open();
    lines.push(Buffer.from('{"a":'));
    lines.inject('MINE');
    lines.push(Buffer.from('1}'));
    assert.equal(text(), '{"a":1}');
    lines.push(Buffer.from('\n{"b":2}\n'));
    assert.equal(text(), '{"a":1}\nMINE\n{"b":2}\n');
  });

  it('inserts a message at once between lines', () => {
    const { lines, text } = open();
    lines.inject('FIRST');
    lines.push(Buffer.from('x\n'));
    lines.inject('SECOND');
    assert.equal(text(), 'FIRST\nx\nSECOND\n');
  });

  it('forwards bytes without waiting for the end of the line', () => {
    const { lines, chunks } = open();
    lines.push(Buffer.from('{"ha'));
    lines.push(Buffer.from('lf'));
    assert.deepEqual(chunks.map(String), ['{"ha', 'lf']);
  });

  it('passes whole lines to a listener that wants them, except a line that has already begun', () => {
    const seen: string[] = [];
    let wants = false;
    const { lines } = open({ wantsLines: () => wants, onLine: (line) => seen.push(line.toString()) });
    lines.push(Buffer.from('one\ntw'));
    wants = true;
    lines.push(Buffer.from('o\nthr'));
    lines.push(Buffer.from('ee\n'));
    assert.deepEqual(seen, ['three\n']);
  });

  it('does not collect a line that exceeds the limit', () => {
    const seen: number[] = [];
    const { lines } = open({ wantsLines: () => true, onLine: (line) => seen.push(line.length) });
    for (let piece = 0; piece < 40; piece++) lines.push(Buffer.alloc(64 * 1024, 'x'));
    lines.push(Buffer.from('\nshort\n'));
    assert.deepEqual(seen, [6]);
  });
});

function open(listener = { wantsLines: () => false, onLine: (line: Buffer): unknown => line }) {
  const chunks: Buffer[] = [];
  const write = (bytes: Buffer): boolean => chunks.push(Buffer.from(bytes)) > 0;
  const lines = new ServerLines(write, {
    wantsLines: listener.wantsLines,
    onLine: (line) => void listener.onLine(line),
  });
  return { lines, chunks, text: () => Buffer.concat(chunks).toString() };
}
