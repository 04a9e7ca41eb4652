import assert from 'node:assert/strict';
import nodeFileSystem from 'node:fs';
import { describe, it } from 'mocha';
import { formatLockRecord, parseLockRecord, type LockRecord } from '../../../core/system/locks/lockRecord.js';
import { ownIdentity } from '../../../core/system/processes/processIdentity.js';
import { isToken, uniqueToken } from '../../../core/system/processes/uniqueToken.js';

const GOOD = ['1-a-', '1-a-0', '4294967295-zzzzzzzzzzzzzzzzzzzz-zzzzzzzzzzzz'];

const BAD: readonly unknown[] = [
  ...['', 'token', '1', '1-a', '-a-b', '1--b', 'a-b-c', '1-A-b', '1-a-B', '1-a-b-c'],
  ...['../../outside', '/outside', '1-a-/../../outside', '../1-a-b', '1-../a-b', '1-a-..', '1-a/-b', '1-a-b/'],
  ...['1-a-b\\outside', 'C:\\1-a-b', '1-a-b\n', '\n1-a-b', ' 1-a-b', '1-a-b\0', '1-a-b\n/outside', '1-ä-b'],
  ...['12345678901-a-b', `1-${'a'.repeat(21)}-b`, `1-a-${'b'.repeat(13)}`],
  ...[undefined, null, 1, true, ['1-a-b'], { toString: () => '1-a-b' }],
];

describe('a token, which becomes part of file names', () => {
  it('is accepted in its own format', () => {
    for (const token of [uniqueToken(), ...GOOD]) assert.equal(isToken(token), true, token);
  });

  it('is refused with a path, a line break or any other character', () => {
    for (const token of BAD) assert.equal(isToken(token), false, JSON.stringify(token));
  });
});

describe('a parsed lock record', () => {
  const record: LockRecord = {
    ...ownIdentity(nodeFileSystem),
    token: uniqueToken(),
    since: '2026-01-25T14:46:00.000Z',
    released: false,
  };
  const parsedWith = (changes: Readonly<Record<string, unknown>>) =>
    parseLockRecord(JSON.stringify({ ...record, ...changes }));

  it('equals the written one', () => {
    assert.deepEqual(parseLockRecord(formatLockRecord(record).toString()), record);
    assert.equal(parsedWith({ released: true })?.released, true);
    assert.equal(parsedWith({ released: 'true' })?.released, false);
  });

  it('is refused with an invalid token', () => {
    for (const token of BAD) assert.equal(parsedWith({ token }), undefined, JSON.stringify(token));
  });

  it('is refused if any other part is missing or has the wrong type', () => {
    const wrong: Readonly<Record<string, readonly unknown[]>> = {
      pid: [undefined, null, '1', 0, -1, 0.5, [1]],
      since: [undefined, null, 1, {}],
      host: [undefined, null, 1],
      startTime: [undefined, 1, {}],
      bootId: [undefined, 1, {}],
      pidNamespace: [undefined, 1, {}],
      machine: [undefined, 1, {}],
    };
    for (const [key, values] of Object.entries(wrong)) {
      for (const value of values) assert.equal(parsedWith({ [key]: value }), undefined, `${key}: ${String(value)}`);
    }
    for (const text of ['', '{', 'null', '[]', '1', '"text"']) assert.equal(parseLockRecord(text), undefined, text);
  });
});
