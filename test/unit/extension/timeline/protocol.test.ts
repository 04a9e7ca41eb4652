import assert from 'node:assert/strict';
import {
  parseMessageToExtension,
  parseMessageToPage,
  parseTimelineState,
} from '../../../../extension/timeline/protocol.js';

describe('the messages between the extension and the timeline', () => {
  const good: readonly unknown[] = [
    { type: 'ready' },
    { type: 'drawn', pointCount: 3 },
    { type: 'reveal', id: 'features_598_20260125-144600_manual' },
    { type: 'compare', ids: ['a', 'b'] },
    { type: 'backUp' },
    { type: 'failed', message: 'ReferenceError' },
  ];
  for (const message of good) {
    it(`accept from the page ${JSON.stringify(message)}`, () => {
      assert.deepEqual(parseMessageToExtension(message), message);
    });
  }

  const bad: readonly unknown[] = [
    undefined,
    null,
    'ready',
    [],
    {},
    { type: 'restore', id: 'a' },
    { type: 'reveal' },
    { type: 'reveal', id: 12 },
    { type: 'compare', ids: ['a'] },
    { type: 'compare', ids: ['a', 1] },
    { type: 'drawn', pointCount: '3' },
  ];
  for (const message of bad) {
    it(`refuse ${JSON.stringify(message)}`, () => {
      assert.equal(parseMessageToExtension(message), undefined);
    });
  }

  it('drop unknown keys', () => {
    const message = { type: 'reveal', id: 'a', command: 'featureBackups.delete' };
    assert.deepEqual(parseMessageToExtension(message), { type: 'reveal', id: 'a' });
  });

  it('refuse a point without a time', () => {
    assert.equal(parseMessageToPage({ type: 'data', data: { root: '/x', points: [{ id: 'a' }] } }), undefined);
    assert.deepEqual(parseMessageToPage({ type: 'note', text: 'gone' }), { type: 'note', text: 'gone' });
  });

  it('accept a remembered state, and refuse anything else', () => {
    const state = { root: '/x', zoom: { minMs: 1, maxMs: 2 }, selected: ['a'], current: 'a' };
    assert.deepEqual(parseTimelineState(state), state);
    assert.deepEqual(parseTimelineState({ root: '/x', selected: [] }), { root: '/x', selected: [] });
    for (const other of [undefined, null, {}, { root: 1, selected: [] }, { ...state, zoom: { minMs: 'x' } }]) {
      assert.equal(parseTimelineState(other), undefined);
    }
  });
});
