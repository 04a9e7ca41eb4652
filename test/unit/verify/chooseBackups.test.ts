import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { chooseBackups } from '../../../core/verify/drill/chooseBackups.js';
import { listedBackup } from '../../support/listedBackup.js';

describe('selection for a drill', () => {
  const listedBackups = (count: number) =>
    Array.from({ length: count }, (_, minute) =>
      listedBackup(`b${minute.toString()}`, { createdAt: new Date(2026, 0, 1, 0, minute) }),
    );

  it('consists of the newest, the oldest and one in between, each once, in any order', () => {
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.nat(12), chance, (count, value) => {
        const chosen = chooseBackups(listedBackups(count).reverse(), () => value);
        assert.equal(chosen.length, Math.min(count, 3));
        assert.equal(new Set(chosen.map(({ backup }) => backup.id)).size, chosen.length);
        const [ids, all] = [chosen.map(({ backup }) => backup), listedBackups(count)].map((list) =>
          list.map(({ id }) => id),
        );
        assert.deepEqual([ids?.at(0), ids?.at(-1)], [all?.at(-1), all?.at(0)]);
      }),
    );
  });

  it('never contains an emergency backup', () => {
    const [first, ...others] = listedBackups(2);
    assert.ok(first);
    const chosen = chooseBackups([{ ...first, kind: 'emergency' }, ...others], () => 0);
    assert.deepEqual(
      chosen.map(({ backup, choice }) => [backup.id, choice]),
      [['b1', 'newest']],
    );
  });
});
