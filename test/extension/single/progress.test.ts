import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { withProgress } from '../../../extension/commands/progress.js';

/** VS Code drops the fourth notification within 800 ms, which could be the one that reports a restore. */
describe('the progress of a call', () => {
  const original = vscode.window.withProgress;
  let shown: string[];

  beforeEach(() => {
    shown = [];
    const counted: typeof original = (options, task) => {
      shown.push(options.title ?? '');
      return original(options, task);
    };
    Object.assign(vscode.window, { withProgress: counted });
  });
  afterEach(() => {
    Object.assign(vscode.window, { withProgress: original });
  });

  it('is not shown for a quick call, whether it succeeds or fails', async () => {
    assert.equal(await withProgress('A short call', () => Promise.resolve('done')), 'done');
    await assert.rejects(
      withProgress('A call that fails', () => Promise.reject(new Error('it failed'))),
      /it failed/,
    );
    assert.deepEqual(shown, []);
  });

  it('is shown for a slow call', async () => {
    const result = withProgress('A long call', async ({ onProgress }) => {
      onProgress?.('the first step', 0.5);
      while (shown.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      return 'done';
    });
    assert.equal(await result, 'done');
    assert.deepEqual(shown, ['A long call']);
  });
});
