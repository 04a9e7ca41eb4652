import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { inspect } from 'node:util';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { readCatalog } from '../../../core/store/openStore.js';
import { cleanUp } from '../../../core/retention/cleanUp.js';
import { createBackup } from '../../../core/backup/createBackup.js';
import { listHistory } from '../../../core/history/listHistory.js';
import { readBackupImage } from '../../../core/history/readBackupImage.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { useBundledScript } from '../../support/bundledScript.js';
import { startFeatureWriter, type FeatureWriter } from '../../support/featureWriter.js';
import { copyFixture } from '../../support/fixtureProject.js';
import type { RunRequest } from '../../support/runDriver.js';
import { stoppingFiles, type Stop } from '../../support/stoppingFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const DAY_MS = 86_400_000;
const RETENTION = { keepLast: 2, keepDaily: 0, keepWeekly: 0 };
const TRIGGER = { source: 'cli', reason: 'driven' } as const;

describe('archiving and compressing, stopped at each file system change', function () {
  this.timeout(240_000);
  const folder = useTemporaryFolder();
  const driver = useBundledScript('runDriver.ts');
  let writer: FeatureWriter;
  let start = '';
  let nowMs = Date.UTC(2026, 0, 25, 12);
  /** Every image in the initial store, by id. */
  const expected = new Map<string, string>();

  before(async () => {
    writer = await startFeatureWriter();
  });
  after(async () => {
    await writer.stop();
  });
  const stateFolder = process.env.FEATURE_BACKUPS_STATE;
  afterEach(() => {
    process.env.FEATURE_BACKUPS_STATE = stateFolder;
  });
  beforeEach(() => {
    nowMs = Date.UTC(2026, 0, 25, 12);
    expected.clear();
    start = copyFixture('1-after-bulk-create', folder.join('start'));
  });

  const at = (ms: number): Ports => ({ ...realPorts(), now: () => new Date(ms) });
  const write = async (): Promise<void> => {
    nowMs += 60_000;
    await writer.write(`${start}/features.db`);
  };
  const writeAndBackUp = async (times: number, keepLast = 2): Promise<void> => {
    for (let i = 0; i < times; i += 1) {
      await write();
      const outcome = await createBackup(testProject(start, { ...RETENTION, keepLast }), TRIGGER, at(nowMs));
      assert.ok(outcome.status === 'created');
      expected.set(outcome.backup.id, outcome.backup.metadata?.sha256 ?? '');
    }
  };

  const assertAllPresent = (root: string, context: string): void => {
    const project = testProject(root, RETENTION);
    const { states, problems } = listHistory(project, realPorts());
    assert.deepEqual(problems, [], context);
    const all = [...readCatalog(project, realPorts()).backups, ...states];
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length, `${context}: something is listed twice`);
    const found = new Map(all.map((backup) => [backup.id, backup]));
    for (const [id, sha256] of expected) {
      const backup = found.get(id);
      assert.ok(backup, `${context}: ${id} is lost`);
      const image = readBackupImage(backup, realPorts());
      assert.equal(createHash('sha256').update(image).digest('hex'), sha256, `${context}: ${id}`);
    }
  };

  const run = async (
    command: RunRequest['command'],
    root: string,
    keepLast: number,
    ports: Ports,
  ): Promise<unknown> => {
    const project = testProject(root, { ...RETENTION, keepLast });
    return command === 'backup' ? await createBackup(project, TRIGGER, ports) : await cleanUp(project, ports);
  };

  /** Stops the run at each change in turn, then lets it finish. */
  const stopAtEach = async (
    command: RunRequest['command'],
    keepLast: number,
    hows: readonly Stop['how'][],
  ): Promise<void> => {
    let copies = 0;
    const copyOf = (name: string): string => {
      const root = folder.join(name);
      // Otherwise the record of an earlier copy in this place changes what is written.
      copies += 1;
      process.env.FEATURE_BACKUPS_STATE = folder.join(`state-${copies}`);
      cpSync(start, root, { recursive: true, preserveTimestamps: true });
      return root;
    };
    const counting = stoppingFiles();
    await run(command, copyOf('counted'), keepLast, { ...at(nowMs), files: counting.files });
    assertAllPresent(folder.join('counted'), 'undisturbed');
    assert.ok(counting.calls.length > 8, counting.calls.join('\n'));
    for (const how of hows) {
      for (const [index, call] of counting.calls.entries()) {
        if (how === 'half' && !call.startsWith('writeSync')) continue;
        const stop: Stop = { at: index + 1, how, lasting: how === 'ENOSPC' };
        const context = `${command}, ${how} at ${index + 1} (${call})`;
        const root = copyOf('stopped');
        if (how === 'kill' || how === 'half') {
          const request: RunRequest = { command, root, retention: { ...RETENTION, keepLast }, nowMs, stop };
          const { signal, stderr } = await driver.start(request).ended;
          assert.equal(signal, 'SIGKILL', context + stderr);
        } else {
          const stopped = stoppingFiles(stop);
          const failure = await run(command, root, keepLast, { ...at(nowMs), files: stopped.files }).then(
            () => undefined,
            (error: unknown) => error,
          );
          assert.ok(stopped.calls.length >= stop.at, `${context}: it was not stopped`);
          // A failure to archive does not fail a backup; only the injected error may.
          assert.ok(
            failure === undefined || inspect(failure).includes(`${how}: injected`),
            `${context}: ${inspect(failure)}`,
          );
        }
        assertAllPresent(root, context);
        await run(command, root, keepLast, at(nowMs + 1000));
        assertAllPresent(root, `${context}, then undisturbed`);
        const left = readdirSync(`${root}/.feature_backups`).filter((name) => name.startsWith('.tmp-'));
        assert.deepEqual(left, [], context);
        rmSync(root, { recursive: true });
      }
    }
  };

  it('loses no state when a backup begins the history', async () => {
    await writeAndBackUp(2);
    await write();
    await stopAtEach('backup', 2, ['kill', 'half', 'EIO']);
  });

  it('loses no state when a backup continues it', async () => {
    await writeAndBackUp(5);
    await write();
    await stopAtEach('backup', 2, ['kill', 'half', 'EIO', 'ENOSPC']);
  });

  it('loses no state when a clean-up archives several backups', async () => {
    await writeAndBackUp(5, 4);
    await stopAtEach('cleanup', 1, ['kill', 'half']);
  });

  it('loses no backup when a clean-up compresses', async () => {
    await writeAndBackUp(2);
    nowMs += 10 * DAY_MS;
    await stopAtEach('cleanup', 2, ['kill', 'half', 'EIO', 'ENOSPC']);
  });

  it('loses no state when compressed backups are archived', async () => {
    await writeAndBackUp(3, 3);
    nowMs += 10 * DAY_MS;
    await cleanUp(testProject(start, { ...RETENTION, keepLast: 3 }), at(nowMs));
    assert.ok(readCatalog(testProject(start), realPorts()).backups.every(({ compressed }) => compressed));
    await stopAtEach('cleanup', 1, ['kill']);
  });
});
