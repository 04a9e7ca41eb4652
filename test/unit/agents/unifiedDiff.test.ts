import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, it } from 'mocha';
import { unifiedDiff } from '../../../core/agents/unifiedDiff.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('a unified diff', () => {
  const folder = useTemporaryFolder();
  const lines = (...numbers: number[]): string => numbers.map((number) => `line ${String(number)}\n`).join('');

  for (const [title, before, after] of [
    ['a new file', undefined, lines(1, 2)],
    ['a removed file', lines(1, 2), undefined],
    ['two distant changes', lines(1, 2, 3, 4, 5, 6, 7, 8, 9), lines(0, 2, 3, 4, 5, 6, 7, 8, 10)],
    ['lines added to an empty file', '', lines(1)],
    ['a line break added to the last line', 'x', 'x\n'],
    ['a line break removed from the last line', 'x\n', 'x'],
    ['a changed last line without a line break', 'a\nb', 'a\nc'],
  ] as const) {
    it(`is a patch that git applies: ${title}`, () => {
      for (const name of ['settings.json', 'a folder/größe 機能.json']) {
        const path = folder.join(name);
        mkdirSync(dirname(path), { recursive: true });
        if (before !== undefined) writeFileSync(path, before);
        const { status, stderr } = spawnSync('git', ['apply', '-'], {
          cwd: folder.path,
          input: unifiedDiff(name, before, after),
          encoding: 'utf8',
        });
        assert.deepEqual([status, stderr], [0, '']);
        assert.equal(existsSync(path) ? readFileSync(path, 'utf8') : undefined, after);
      }
    });
  }

  it('shows names in any script unescaped', () => {
    assert.match(
      unifiedDiff('größe 機能.json', 'a\n', 'b\n'),
      /^--- a\/größe 機能\.json\n\+\+\+ b\/größe 機能\.json\n@@ /,
    );
  });

  it('is empty for equal texts', () => {
    assert.equal(unifiedDiff('x', 'a', 'a'), '');
  });
});
