import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { lossesInTime } from '../../../hooks/lossesInTime.js';

const MODULE = new URL('../../../hooks/lossesInTime.ts', import.meta.url);

describe('the search for losses at the start of a session', function () {
  this.timeout(60_000);

  it('ends the process silently at its limit, although work continues', () => {
    const script = `
      import { lossesInTime } from ${JSON.stringify(MODULE.href)};
      setInterval(() => undefined, 1000);
      const losses = await lossesInTime(() => new Promise(() => undefined), 50);
      console.log('continued', losses);
    `;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', script],
      { cwd: fileURLToPath(new URL('../../..', import.meta.url)), encoding: 'utf8', timeout: 50_000 },
    );
    assert.deepEqual([status, stdout, stderr], [0, '', '']);
  });

  it('returns what is found in time, and nothing if the search fails', async () => {
    assert.deepEqual(await lossesInTime(async () => await Promise.resolve(['lost'])), ['lost']);
    assert.deepEqual(await lossesInTime(async () => await Promise.reject(new Error('unreadable'))), []);
  });
});
