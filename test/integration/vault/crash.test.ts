import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/index.js';
import { openProject } from '../../../core/engine.js';
import { runVaultFollowUp } from '../../../core/followUp/index.js';
import { readBackupImage } from '../../../core/history/index.js';
import type { Ports } from '../../../core/system/index.js';
import { readAllBackups, readAllHistory } from '../../../core/vault/index.js';
import { useBundledScript } from '../../support/bundledScript.js';
import { stoppingFiles, type Stop } from '../../support/stoppingFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { passOneMore, VaultHome } from '../../support/vaultHome.js';
import type { VaultRequest } from '../../support/vaultDriver.js';

const RETENTION = { keepLast: 2, keepHourly: 0, keepDaily: 0, keepWeekly: 0 };

describe('a sync into the vault, killed at each file system change', function () {
  this.timeout(300_000);
  const folder = useTemporaryFolder();
  const home = new VaultHome(folder);
  const driver = useBundledScript('vaultDriver.ts');
  /** The checksum of every image, by id. */
  const expected = new Map<string, string>();
  let nowMs = 0;

  beforeEach(() => {
    expected.clear();
    nowMs = Date.now() - 3_600_000;
  });

  const ports = (more: Partial<Ports> = {}): Ports => home.portsWithoutPauses(more);
  const backUp = async (root: string, times: number): Promise<void> => {
    for (let i = 0; i < times; i += 1) {
      nowMs += 60_000;
      passOneMore(root);
      const at = ports({ now: () => new Date(nowMs) });
      const outcome = await createBackup(
        await openProject(root, { ports: at }),
        { source: 'cli', reason: 'driven' },
        at,
      );
      assert.ok(outcome.status === 'created');
      expected.set(outcome.backup.id, outcome.backup.metadata?.sha256 ?? '');
    }
  };

  /** Every file, with its hard links, so that each run begins with the same ones in the same place. */
  const keepStart = (): void => {
    mkdirSync(folder.join('start'));
    for (const name of ['projects', 'vault', 'state'])
      execFileSync('cp', ['-a', folder.join(name), folder.join('start')]);
  };
  const restoreInitialState = (): void => {
    for (const name of ['projects', 'vault', 'state']) rmSync(folder.join(name), { recursive: true });
    execFileSync('cp', ['-a', `${folder.join('start')}/.`, folder.path]);
  };

  /** With the project deleted. */
  const assertAllInVault = async (root: string, context: string): Promise<void> => {
    execFileSync('mv', [root, folder.join('aside')]);
    const project = await openProject(root, { ports: ports(), includeDeleted: true });
    const { states, problems } = readAllHistory(project, ports());
    assert.deepEqual(problems, [], context);
    const found = new Map(
      [...states, ...readAllBackups(project, ports()).backups].map((backup) => [backup.id, backup]),
    );
    for (const [id, sha256] of expected) {
      const backup = found.get(id);
      assert.ok(backup, `${context}: ${id} is lost`);
      assert.equal(createHash('sha256').update(readBackupImage(backup, ports())).digest('hex'), sha256, context);
    }
    execFileSync('mv', [folder.join('aside'), root]);
  };

  const killAtEach = async (root: string): Promise<void> => {
    keepStart();
    await assertAllInVault(root, 'before');
    restoreInitialState();
    const counting = stoppingFiles();
    assert.deepEqual(await runVaultFollowUp(ports({ files: counting.files })), []);
    await assertAllInVault(root, 'undisturbed');
    const names = home.names();
    assert.ok(counting.calls.length > 20, counting.calls.join('\n'));
    for (const [index, call] of counting.calls.entries()) {
      const hows: readonly Stop['how'][] = call.startsWith('writeSync') ? ['kill', 'half'] : ['kill'];
      for (const how of hows) {
        const context = `${how} at ${String(index + 1)} (${call})`;
        restoreInitialState();
        const request: VaultRequest = { environment: home.environment, stop: { at: index + 1, how } };
        const { signal, stderr } = await driver.start(request).ended;
        assert.equal(signal, 'SIGKILL', context + stderr);
        await assertAllInVault(root, context);
        assert.deepEqual(await runVaultFollowUp(ports()), [], context);
        await assertAllInVault(root, `${context}, then undisturbed`);
        // Copies without metadata, temporary files and locks stay for some time, as at a target.
        const others = home.names().filter((name) => !names.includes(name));
        assert.ok(
          others.every((name) => /^\.(?:tmp|lock)/.test(name) || name.endsWith('.db.gz')),
          `${context}: ${others.join(', ')}`,
        );
      }
    }
  };

  it('loses no state while it replaces links by copies and archives others', async () => {
    const root = home.make('shop');
    writeFileSync(join(root, '.feature-backups.json'), JSON.stringify({ retention: RETENTION }));
    await backUp(root, 3);
    assert.deepEqual(await runVaultFollowUp(ports()), []);
    await backUp(root, 3);
    assert.ok(
      home.names().some((name) => name.endsWith('.db')) && home.names().some((name) => name.endsWith('.db.gz')),
    );
    await killAtEach(root);
  });
});
