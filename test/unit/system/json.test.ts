import assert from 'node:assert/strict';
import { isRecord, parseJson, asRecord, stringsIn } from '../../../core/system/json.js';

describe('untrusted JSON', () => {
  it('has the value of its text', () => {
    assert.deepEqual(parseJson('{"a": [1, null]}'), { a: [1, null] });
    assert.equal(parseJson('null'), null);
    assert.equal(parseJson('false'), false);
  });

  it('has no value if the text is missing or invalid', () => {
    for (const text of [undefined, '', '{', '{}{}', 'undefined', '\u0000', '['.repeat(200_000)]) {
      assert.equal(parseJson(text), undefined);
    }
  });

  it('is an object in braces, not a list or null', () => {
    for (const text of ['{}', '{"length": 0}', '{"__proto__": null}'])
      assert.equal(isRecord(parseJson(text)), true, text);
    for (const text of ['[]', '[{}]', 'null', '1', '"{}"', 'true', '{']) {
      assert.equal(isRecord(parseJson(text)), false, text);
      assert.deepEqual(asRecord(parseJson(text)), {}, text);
    }
    assert.deepEqual(asRecord({ a: 1 }), { a: 1 });
  });

  it('has the texts of a list, and none for any other value', () => {
    assert.deepEqual(stringsIn(['a', 1, null, 'b', ['c']]), ['a', 'b']);
    for (const value of ['a', { 0: 'a', length: 1 }, null, undefined]) assert.deepEqual(stringsIn(value), []);
  });
});
