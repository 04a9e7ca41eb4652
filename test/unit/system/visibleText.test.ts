import assert from 'node:assert/strict';
import { visible, visibleLines } from '../../../core/system/visibleText.js';

describe('text made fit for a screen', () => {
  it('shows control characters as escapes, so that no name moves the cursor or colours the screen', () => {
    assert.equal(visible('a\u001B[31mb'), 'a\\x1b[31mb');
    assert.equal(visible('a\nb\rc\td\u0007e\u009Bf\u007F'), 'a\\nb\\rc\\td\\x07e\\x9bf\\x7f');
  });

  it('shows what would reorder or hide text as escapes', () => {
    assert.equal(visible('abc\u202Egpj.exe\u200B\u2066\uFEFF'), 'abc\\u202egpj.exe\\u200b\\u2066\\ufeff');
    assert.equal(visible('\uD800x\uDC00'), '\\ud800x\\udc00');
  });

  it('leaves letters of all scripts and emoji alone', () => {
    for (const text of ['Größe', '機能', 'функция', '🙂👩‍👩‍👧', 'e\u0301']) assert.equal(visible(text), text);
  });

  it('keeps line ends where they are meant', () => {
    assert.equal(visibleLines('a\n\tb\u001Bc'), 'a\n\tb\\x1bc');
  });
});
