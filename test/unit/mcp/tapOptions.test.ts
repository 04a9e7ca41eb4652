import assert from 'node:assert/strict';
import { parseTapOptions } from '../../../mcp/tap/tapOptions.js';

describe('the tap’s command line', () => {
  it('takes everything after -- unchanged as the server command', () => {
    assert.deepEqual(parseTapOptions(['--project', '/p', '--on-failure=block', '--', 'npx', '-y', '--', 'server']), {
      project: '/p',
      onFailure: 'block',
      command: 'npx',
      args: ['-y', '--', 'server'],
    });
  });

  it('leaves --on-failure to the configuration by default', () => {
    assert.deepEqual(parseTapOptions(['--', 'x']), {
      project: undefined,
      onFailure: undefined,
      command: 'x',
      args: [],
    });
  });

  for (const wrong of [
    [],
    ['server'],
    ['--'],
    ['--project', '--', 'x'],
    ['--on-failure', 'stop', '--', 'x'],
    ['--verbose', '1', '--', 'x'],
  ]) {
    it(`explains what is wrong with: ${wrong.join(' ')}`, () => {
      assert.equal(typeof parseTapOptions(wrong), 'string');
    });
  }
});
