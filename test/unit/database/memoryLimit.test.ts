import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { MemoryBudget } from '../../../core/database/tasks/readFeaturesTask.js';

const MIB = 1024 * 1024;
/** A length costs no memory until the text is read. */
const text = (length: number): string => 'x'.repeat(length);

describe('the memory limit for reading features', () => {
  it('is 512 Mi characters in all rows and columns together', () => {
    const budget = new MemoryBudget();
    budget.spend([text(200 * MIB), 1, text(200 * MIB), null]);
    budget.spend([text(112 * MIB)]);
    budget.spend([1, null, '']);
    assert.throws(() => budget.spend([1, 'x']), { code: 'too-large', hint: /Backups and restores.* still work/ });
  });

  it('counts BLOBs too', () => {
    const budget = new MemoryBudget();
    const blob = Object.defineProperty(new Uint8Array(0), 'length', { value: 512 * MIB });
    budget.spend([blob]);
    assert.throws(() => budget.spend(['x']), { code: 'too-large' });
  });

  it('is two million rows of any length', () => {
    const budget = new MemoryBudget();
    for (let row = 0; row < 2_000_000; row += 1) budget.spend([]);
    assert.throws(() => budget.spend([]), { code: 'too-large' });
  });
});
