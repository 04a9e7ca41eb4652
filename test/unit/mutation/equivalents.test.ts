import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { EQUIVALENTS } from '../../mutation/equivalents.js';

describe('the list of equivalent mutants', () => {
  it('names only lines that are in the code', () => {
    const stale = EQUIVALENTS.filter(
      ({ file, line, original }) =>
        !existsSync(file) ||
        !readFileSync(file, 'utf8').includes(line) ||
        !line.includes(original.split('\n')[0] ?? ''),
    );
    assert.deepEqual(
      stale.map(({ file, line }) => `${file}: ${line}`),
      [],
    );
  });
});
