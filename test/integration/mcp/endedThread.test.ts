import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { BackupThread } from '../../../mcp/tap/backupThread.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { buildCli, CLI_PATH, runCli } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('a backup of the tap that hangs', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();

  it('leaves no lock behind while the tap runs on', async function () {
    if (process.platform !== 'linux') this.skip();
    buildCli();
    const database = folder.join('features.db');
    makeFeatureDatabase(database, { features: 30, passing: 0, journalMode: 'delete' });
    const thread = new BackupThread({ file: join(dirname(CLI_PATH), 'tap-worker.cjs'), project: folder.path });
    const trigger = { source: 'mcp', reason: 'before_feature_skip' } as const;
    assert.equal((await thread.backUp(trigger, 30_000)).report.status, 'saved');
    const holder = spawn('python3', ['-c', HOLD_EXCLUSIVELY, database], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      await once(holder.stdout, 'data');
      // Waits for the database longer than for its time limit, and holds the store's lock meanwhile.
      const { report } = await thread.backUp(trigger, 1000);
      assert.equal(report.status, 'failed');
      assert.match('problem' in report ? report.problem : '', /took longer than 1 seconds/);
    } finally {
      holder.kill('SIGKILL');
    }
    await once(holder, 'exit');
    while (existsSync(folder.join('.feature_backups/.lock'))) await pause(50);
    const { code, stderr } = await runCli(['backup'], { cwd: folder.path });
    assert.equal(code, 0, stderr);
  });
});

const HOLD_EXCLUSIVELY = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('BEGIN EXCLUSIVE')
c.execute('UPDATE features SET passes = 1')
print('held', flush=True)
sys.stdin.read()
`;
