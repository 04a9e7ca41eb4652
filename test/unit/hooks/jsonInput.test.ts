import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { FirstJsonValue } from '../../../hooks/firstJsonValue.js';
import type { InputLimits } from '../../../hooks/jsonInput.js';
import { useBundledScript } from '../../support/bundledScript.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('the first JSON value', () => {
  const endOf = (...pieces: readonly string[]) => {
    const value = new FirstJsonValue();
    return pieces.map((piece) => value.add(Buffer.from(piece)));
  };

  it('ends with its last bracket', () => {
    assert.deepEqual(endOf('{}'), [2]);
    assert.deepEqual(endOf(' \r\n\t[[1], {"a": []}]}]'), [20]);
    assert.deepEqual(endOf('{"a":1}\n{"b":2}'), [7]);
    assert.deepEqual(endOf('{"ä":1}x'), [8]);
  });

  it('may arrive in any number of pieces', () => {
    assert.deepEqual(endOf('', ' ', '{"a', '\\', '"}', '": {', '}', '}'), [...Array<string>(7).fill('incomplete'), 1]);
  });

  it('contains brackets and quotes in strings', () => {
    assert.deepEqual(endOf('{"}]": "\\"}\\\\"}'), [15]);
    assert.deepEqual(endOf('{"a": "'), ['incomplete']);
  });

  it('does not exist if the text begins with anything else', () => {
    for (const text of ['x{}', '"a"', '1', 'null', ']', '\ufeff{}', '\0'])
      assert.deepEqual(endOf(text), ['none'], text);
  });
});

describe('JSON on standard input', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const driver = useBundledScript('jsonInputDriver.ts');
  const HOUR_MS = 3_600_000;

  /** Without `end`, the input stays open until the driver has ended. */
  const read = async (pieces: readonly string[], order: Partial<InputLimits> & { readonly end?: boolean } = {}) => {
    const { end = false, ...limits } = order;
    const { program, args } = driver.commandFor({ maxBytes: 1e6, timeoutMs: HOUR_MS, ...limits });
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.on('error', () => undefined);
    for (const piece of pieces) child.stdin.write(piece);
    if (end) child.stdin.end();
    let text = '';
    for await (const chunk of child.stdout) text += String(chunk);
    child.stdin.destroy();
    return text;
  };

  it('is read up to the end of the value, although the input stays open', async () => {
    assert.equal(await read(['{"a": ', '[1]}', '\n{"b"']), '{"a": [1]}');
  });

  it('is returned at once if it is something else', async () => {
    assert.equal(await read(['not json']), 'not json');
  });

  it('is returned so far when the time limit is reached', async () => {
    assert.equal(await read(['{"a": '], { timeoutMs: 300 }), '{"a": ');
    assert.equal(await read([], { timeoutMs: 100 }), '');
  });

  it('is returned so far at the end of the input', async () => {
    assert.equal(await read(['{"a": '], { end: true }), '{"a": ');
    assert.equal(await read([], { end: true }), '');
  });

  it('is read up to its size limit', async () => {
    assert.equal(await read(['{"abc', 'defgh', 'ijk'], { maxBytes: 8 }), '{"abcdef');
  });

  it('may come from a file', () => {
    const { program, args } = driver.commandFor({ maxBytes: 1e6, timeoutMs: HOUR_MS });
    const value = `{"a": "${'x'.repeat(100_000)}"}`;
    writeFileSync(folder.join('input'), `${value} rest`);
    const input = openSync(folder.join('input'), 'r');
    const { stdout } = spawnSync(program, args, { stdio: [input, 'pipe', 'inherit'], encoding: 'utf8' });
    closeSync(input);
    assert.equal(stdout, value);
  });
});
