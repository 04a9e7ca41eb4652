import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type nodeFileSystem from 'node:fs';
import { describe, it } from 'mocha';
import { readInputLine } from '../../../core/system/processes/standardInput.js';
import { useBundledScript } from '../../support/bundledScript.js';
import { systemError } from '../../support/interferingFiles.js';

describe('a line of standard input', () => {
  /** Delivers these pieces one read at a time; an error's code stands for a read that fails. */
  const inputOf = (...pieces: readonly (string | { readonly fails: string })[]) => {
    const rest = [...pieces];
    const readSync = ((descriptor: number, into: Buffer, at: number, length: number, position: number | null) => {
      assert.deepEqual([descriptor, at, position], [0, 0, null]);
      const piece = rest.shift();
      if (piece === undefined) return 0;
      if (typeof piece !== 'string') throw systemError(piece.fails);
      const got = Buffer.from(piece).copy(into, 0, 0, length);
      if (got < piece.length) rest.unshift(piece.slice(got));
      return got;
    }) as typeof nodeFileSystem.readSync;
    return { files: { readSync }, rest: () => rest.filter((piece) => typeof piece === 'string').join('') };
  };

  it('is read, and nothing beyond it', () => {
    const input = inputOf('yes\nno', '\n', '\nlast');
    assert.equal(readInputLine(input.files), 'yes');
    assert.equal(input.rest(), 'no\n\nlast');
    assert.deepEqual([readInputLine(input.files), readInputLine(input.files)], ['no', '']);
    assert.deepEqual([readInputLine(input.files), readInputLine(input.files)], ['last', undefined]);
  });

  it('has at most 4096 bytes', () => {
    const input = inputOf('x'.repeat(5000));
    assert.equal(readInputLine(input.files)?.length, 4096);
    assert.equal(input.rest().length, 904);
  });

  it('ends if Windows reports the end as an error, and fails with every other error', () => {
    assert.equal(readInputLine(inputOf({ fails: 'EOF' }, 'cd').files), undefined);
    assert.throws(() => readInputLine(inputOf('ab', { fails: 'EIO' }).files), { code: 'EIO' });
  });

  it('is waited for', () => {
    const later = inputOf({ fails: 'EAGAIN' }, 'a', { fails: 'EAGAIN' }, { fails: 'EAGAIN' }, 'b\n').files;
    assert.equal(readInputLine(later), 'ab');
  });
});

describe('standard input that is a non-blocking pipe of another process', function () {
  this.timeout(60_000);
  const driver = useBundledScript('inputDriver.ts');

  it('is read line by line', async function () {
    if (process.platform === 'win32') this.skip();
    const { program, args } = driver.commandFor({ lines: 3 });
    const child = spawn('python3', ['-c', FEED, program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    for await (const chunk of child.stdout) text += String(chunk);
    assert.deepEqual(JSON.parse(text), ['a line', 'end', null]);
  });
});

/** Writes only after the reader has found the pipe empty. */
const FEED = `
import os, subprocess, sys
r, w = os.pipe()
os.set_blocking(r, False)
reader = subprocess.Popen(sys.argv[1:], stdin=r, stdout=subprocess.PIPE)
os.close(r)
assert reader.stdout.readline() == b'waiting\\n'
for piece in [b'a li', b'ne\\n', b'end']:
    while piece: piece = piece[os.write(w, piece):]
os.close(w)
print(reader.stdout.read().decode())
sys.exit(reader.wait())
`;
