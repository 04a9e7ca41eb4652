import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { BackupError, type BackupErrorCode } from '../../../core/system/errors.js';
import { EXIT_MEANINGS } from '../../../cli/help.js';
import { EXIT, EXIT_OF_CODE, exitCodeOf, worstExit, worstExitFirst } from '../../../core/system/exitCodes.js';

describe('exit codes', () => {
  const codes = codesInSource();

  it('exist for exactly the codes of BackupError', () => {
    assert.ok(codes.length > 20);
    assert.deepEqual(Object.keys(EXIT_OF_CODE).sort(), [...codes].sort());
  });

  it('have one meaning each', () => {
    for (const exit of Object.values(EXIT_OF_CODE)) assert.ok(EXIT_MEANINGS[exit].length > 0);
    assert.deepEqual(Object.keys(EXIT_MEANINGS), ['0', '1', '2', '3', '4', '5', '6']);
  });

  const examples: readonly (readonly [BackupErrorCode, number])[] = [
    ['io', 1],
    ['usage', 2],
    ['backup-damaged', 3],
    ['backup-not-found', 4],
    ['agent-running', 5],
    ['database-busy', 6],
  ];
  for (const [code, exit] of examples) {
    it(`ends with ${String(exit)} for ${code}`, () => {
      assert.equal(exitCodeOf(new BackupError('x', { code, operation: 'test' })), exit);
    });
  }

  it('are 1 for anything but a BackupError', () => {
    assert.equal(exitCodeOf(new TypeError('x')), 1);
    assert.equal(exitCodeOf('x'), 1);
  });

  it('rank damage first, then failures, usage errors, busy and success', () => {
    const expected = [EXIT.damaged, EXIT.failed, EXIT.usage, EXIT.notFound, EXIT.refused, EXIT.busy, EXIT.done];
    assert.deepEqual(Object.values(EXIT).sort(worstExitFirst), expected);
    for (const [index, worse] of expected.entries()) {
      for (const better of expected.slice(index)) {
        assert.equal(worstExit([better, worse]), worse);
        assert.equal(worstExit([worse, better]), worse);
      }
    }
  });

  it('are 0 if nothing ran', () => {
    assert.equal(worstExit([]), EXIT.done);
  });
});

/** The union is gone at run time; its source is not. */
function codesInSource(): readonly string[] {
  const source = readFileSync('core/system/errors.ts', 'utf8');
  const union = /export type BackupErrorCode =([\s\S]*?);/.exec(source)?.[1] ?? '';
  return [...union.matchAll(/\| '([a-z-]+)'/g)].map(([, code]) => code ?? '');
}
