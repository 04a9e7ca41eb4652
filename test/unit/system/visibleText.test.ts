import assert from 'node:assert/strict';
import { visible, visibleLines } from '../../../core/system/visibleText.js';

describe('text escaped for a screen', () => {
  it('escapes control characters, so no name moves the cursor or colours the screen', () => {
    assert.equal(visible('a\u001B[31mb'), 'a\\x1b[31mb');
    assert.equal(visible('a\nb\rc\td\u0007e\u009Bf\u007F'), 'a\\nb\\rc\\td\\x07e\\x9bf\\x7f');
  });

  it('escapes characters that reorder or hide text', () => {
    assert.equal(visible('abc\u202Egpj.exe\u200B\u2066\uFEFF'), 'abc\\u202egpj.exe\\u200b\\u2066\\ufeff');
    assert.equal(visible('\uD800x\uDC00'), '\\ud800x\\udc00');
  });

  it('preserves letters of all scripts and emoji', () => {
    for (const text of ['Größe', '機能', 'функция', '🙂👩‍👩‍👧', 'e\u0301']) assert.equal(visible(text), text);
  });

  it('can preserve line breaks', () => {
    assert.equal(visibleLines('a\n\tb\u001Bc'), 'a\n\tb\\x1bc');
  });
});
