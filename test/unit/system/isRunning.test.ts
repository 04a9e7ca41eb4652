import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { build } from 'esbuild';
import { describe, it } from 'mocha';
import { realSystem } from '../../../core/system/ports.js';
import { canRunAsOtherUser } from '../../support/otherUser.js';

describe('whether a process runs', () => {
  it('is true for this one, and false for one that has ended', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    assert.deepEqual([realSystem.isRunning(process.pid), realSystem.isRunning(pid)], [true, false]);
  });

  it('is true for another user’s, which cannot be signalled', async function () {
    if (!canRunAsOtherUser()) this.skip();
    const { outputFiles } = await build({
      stdin: {
        contents: `import { realSystem } from './core/system/ports.ts';
          let code;
          try { process.kill(${String(process.pid)}, 0); } catch (error) { code = error.code; }
          console.log(code, realSystem.isRunning(${String(process.pid)}));`,
        resolveDir: process.cwd(),
      },
      bundle: true,
      platform: 'node',
      write: false,
    });
    const script = outputFiles[0]?.text;
    const options = { input: script, uid: 65534, gid: 65534, cwd: '/', encoding: 'utf8' } as const;
    const { stdout, stderr } = spawnSync(process.execPath, ['-'], options);
    assert.equal(stdout, 'EPERM true\n', stderr);
  });
});
