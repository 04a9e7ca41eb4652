import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { claimDue, recordJobResult, readJobs } from '../../../core/store/jobs.js';
import { JOBS_FILE } from '../../../core/store/storeFiles.js';
import { realPorts } from '../../../core/system/ports.js';
import { useBundledScript } from '../../support/bundledScript.js';
import type { ClaimRequest } from '../../support/claimDriver.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { stoppingFiles } from '../../support/stoppingFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const NOON = new Date('2026-01-25T12:00:00Z');
const HOUR_MS = 3_600_000;

interface Claims {
  readonly 'scheduled-backup': { readonly claimedDueAt: string };
}

describe('concurrent claims of due times', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const driver = useBundledScript('claimDriver.ts');
  const project = () => testProject(folder.path);
  const ports = { ...realPorts(), now: () => new Date(NOON.getTime() + HOUR_MS) };
  const jobsPath = (): string => join(project().storePath, JOBS_FILE);
  const claimed = () => readJobs(project(), ports)['scheduled-backup']?.claimedDueAt;

  beforeEach(() => makeFeatureDatabase(project().databasePath, { features: 3, passing: 1, journalMode: 'delete' }));

  it('give each due time to exactly one of many simultaneous processes', async () => {
    const dueTimes = Array.from({ length: 12 }, (_, hour) => new Date(NOON.getTime() + hour * HOUR_MS).toISOString());
    const request: ClaimRequest = { root: folder.path, dueTimes };
    const runs = await Promise.all(Array.from({ length: 6 }, async () => await driver.start(request).ended));
    const claims = runs.map(({ code, stdout, stderr }) => {
      assert.equal(code, 0, stderr);
      return stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as boolean);
    });
    // A slow process may find that a later time is already claimed. So each time goes to at most one process, and the
    // newest to exactly one.
    const given = dueTimes.map((_, at) => claims.filter((claim) => claim[at] === true).length);
    assert.deepEqual(
      given.filter((count) => count > 1),
      [],
    );
    assert.equal(given[0], 1);
    assert.equal(given.at(-1), 1);
    assert.equal(claimed(), dueTimes.at(-1));
  });

  it('survive a process killed at any file system change, with complete records and no claim lost', async () => {
    const { files, calls } = stoppingFiles();
    await claimDue(project(), 'scheduled-backup', NOON, { ...ports, files });
    await recordJobResult(project(), 'scheduled-backup', undefined, { ...ports, files });
    assert.ok(calls.length > 10, calls.join('\n'));
    const found = new Set<unknown>();
    for (const how of ['kill', 'half'] as const) {
      for (let at = 1; at <= calls.length; at += 1) {
        rmSync(project().storePath, { recursive: true });
        const request: ClaimRequest = { root: folder.path, dueTimes: [NOON.toISOString()], stop: { at, how } };
        const { signal, stderr } = await driver.start(request).ended;
        assert.equal(signal, 'SIGKILL', stderr);
        const before = claimed();
        const written = existsSync(jobsPath()) ? (JSON.parse(readFileSync(jobsPath(), 'utf8')) as Claims) : undefined;
        assert.equal(before, written?.['scheduled-backup'].claimedDueAt);
        found.add(before);
        assert.equal(await claimDue(project(), 'scheduled-backup', NOON, ports), before === undefined);
        await createBackup(project(), { source: 'cli', reason: 'after' }, ports);
        const leftovers = readdirSync(project().storePath).filter((name) => /^\.(tmp|lock)/.test(name));
        assert.deepEqual(leftovers, [], `${how} at ${calls[at - 1] ?? ''}`);
        assert.equal(claimed(), NOON.toISOString());
      }
    }
    assert.deepEqual(found, new Set([undefined, NOON.toISOString()]), 'killed before and after the time was recorded');
  });

  it('ignore times in the records that are far ahead of the clock', async () => {
    const future = '2099-01-01T00:00:00.000Z';
    const past = '2026-01-25T11:00:00.000Z';
    mkdirSync(project().storePath);
    writeFileSync(
      jobsPath(),
      JSON.stringify({
        'scheduled-backup': { claimedDueAt: future, endedAt: future, ok: false, failingSince: future, problem: 'p' },
        'replicate:disk': { endedAt: past, ok: true, lastOkAt: future },
        drill: { claimedDueAt: past, endedAt: past, ok: true, lastOkAt: past },
      }),
    );
    const never = { claimedDueAt: undefined, endedAt: undefined, failingSince: undefined, lastOkAt: undefined };
    assert.deepEqual(readJobs(project(), ports), {
      'scheduled-backup': { ...never, ok: false, problem: 'p' },
      'replicate:disk': { ...never, endedAt: past, ok: true, problem: undefined },
      drill: {
        claimedDueAt: past,
        endedAt: past,
        ok: true,
        lastOkAt: past,
        failingSince: undefined,
        problem: undefined,
      },
    });
    await recordJobResult(project(), 'scheduled-backup', 'p', ports);
    assert.equal(Date.parse(readJobs(project(), ports)['scheduled-backup']?.failingSince ?? ''), ports.now().getTime());
    assert.equal(await claimDue(project(), 'scheduled-backup', NOON, ports), true);
  });
});
