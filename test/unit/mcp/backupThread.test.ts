import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { BackupThread, type BackupResult } from '../../../mcp/tap/backupThread.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('the backup thread of the tap', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const skip = { source: 'mcp', reason: 'before_skip' } as const;
  const request = { source: 'mcp', reason: 'request' } as const;

  const endings: Record<string, [code: string, problem: RegExp]> = {
    crashes: ['throw new Error("out of luck")', /crashed \(out of luck\)/],
    ends: ['process.exit(7)', /ended/],
  };
  for (const [what, [code, problem]] of Object.entries(endings)) {
    it(`fails the backup of a thread that ${what}, stays strict, and makes the next one in a new thread`, async () => {
      const thread = startThread(code);
      assertFailed(await thread.backUp(skip, 20_000), problem);
      assert.deepEqual(await thread.backUp(request, 20_000), SAVED);
    });
  }

  for (const [what, code] of [
    ['never answers', ''],
    ['spins without end', 'for (;;);'],
  ] as const) {
    it(`fails the backup of a thread that ${what}, stays strict, and makes the next one in a new thread`, async () => {
      const thread = startThread(code);
      await thread.backUp(request, 20_000);
      assertFailed(await thread.backUp(skip, 200), /took longer than 0\.2 seconds/);
      assert.deepEqual(await thread.backUp(request, 20_000), SAVED);
    });
  }

  it('fails every waiting backup when it crashes', async () => {
    const thread = startThread('setTimeout(() => { throw new Error("all at once") }, 50)');
    const results = await Promise.all([1, 2, 3].map(() => thread.backUp(skip, 20_000)));
    assert.deepEqual(
      results.map(({ report }) => report.status),
      ['failed', 'failed', 'failed'],
    );
  });

  it('reports each time that it cannot be started', async () => {
    const thread = new BackupThread({ file: folder.join('missing.cjs'), project: undefined });
    for (const attempt of [1, 2]) {
      const { report } = await thread.backUp(skip, 20_000);
      assert.equal(report.status, 'failed', `attempt ${attempt}`);
    }
  });

  /** A thread that reports at once that its project is strict, then backs up; before a skip, it runs this code. */
  function startThread(code: string): BackupThread {
    const file = folder.join('thread.cjs');
    const program = `const { parentPort } = require('node:worker_threads');
      parentPort.on('message', ({ sequence, trigger }) => {
        if (trigger === undefined) return;
        parentPort.postMessage({ isStrict: true });
        if (trigger.reason === 'before_skip') { ${code} }
        else parentPort.postMessage({ sequence, report: { status: 'saved' }, isStrict: true });
      });`;
    writeFileSync(file, program);
    return new BackupThread({ file, project: undefined });
  }
});

const SAVED: BackupResult = { report: { status: 'saved' }, isStrict: true };

function assertFailed({ report, isStrict }: BackupResult, problem: RegExp): void {
  assert.equal(report.status, 'failed');
  assert.match('problem' in report ? report.problem : '', problem);
  assert.equal(isStrict, true);
}
