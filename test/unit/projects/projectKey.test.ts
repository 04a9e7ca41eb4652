import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { isProjectKey, newProjectKey, portableName } from '../../../core/projects/projectKey.js';

describe('the key of a project', () => {
  it('is the name of its folder and eight random digits', () => {
    const keys = ['/projects/shop front', '/projects/shop front'].map((root) => newProjectKey(root, {}));
    for (const key of keys) {
      assert.match(key, /^shop-front-[0-9a-f]{8}$/);
      assert.ok(isProjectKey(key));
    }
    assert.notEqual(keys[0], keys[1]);
  });

  it('contains only characters that every system and target allows', () => {
    const names = ['shop', 'A_b-9', 'a & b', '--a-b--', 'a'.repeat(61), '数', '---'];
    assert.deepEqual(
      names.map((name) => portableName(`/projects/${name}`)),
      ['shop', 'A_b-9', 'a-b', 'a-b', 'a'.repeat(60), 'project', 'project'],
    );
  });

  it('is recognised', () => {
    for (const key of ['shop-1f2e3d4c', 's-00000000', '_a-b_-99999999', `${'a'.repeat(80)}-1f2e3d4c`])
      assert.equal(isProjectKey(key), true, key);
  });

  it('never leads to another folder', () => {
    const others = [
      ...['', 'shop', '-1f2e3d4c', 'shop-1f2e3d4', 'shop-1f2e3d4c5', 'shop-1F2E3D4C', 'shop-1f2e3d4g', 'shop_1f2e3d4c'],
      ...['../shop-1f2e3d4c', '/shop-1f2e3d4c', 'a b-1f2e3d4c', 'shop-1f2e3d4c/..', 'shop-1f2e3d4c\n', '.-1f2e3d4c'],
      // A program would take it for an option.
      ...['-shop-1f2e3d4c', `${'a'.repeat(81)}-1f2e3d4c`],
      ...[undefined, null, 7, ['shop-1f2e3d4c']],
    ];
    for (const value of others) assert.equal(isProjectKey(value), false, String(value));
  });
});
