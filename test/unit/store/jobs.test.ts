import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'mocha';
import { claimDue, recordJobResult, readJobs } from '../../../core/store/jobs.js';
import { JOBS_FILE } from '../../../core/store/storeFiles.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const NOON = new Date('2026-01-25T12:00:00Z');
const ONE = new Date('2026-01-25T13:00:00Z');
const HOUR_MS = 3_600_000;

describe('job records', () => {
  const folder = useTemporaryFolder();
  const project = () => testProject(folder.path);
  const portsAt = (now: Date): Ports => ({ ...realPorts(), now: () => now });
  const ports = portsAt(ONE);
  const jobsPath = (): string => join(project().storePath, JOBS_FILE);
  const claimed = () => readJobs(project(), ports)['scheduled-backup']?.claimedDueAt;

  beforeEach(() => makeFeatureDatabase(project().databasePath, { features: 3, passing: 1, journalMode: 'delete' }));

  it('let only one process claim a due time, and none claim an older one', async () => {
    assert.equal(await claimDue(project(), 'drill', NOON, ports), true);
    assert.equal(await claimDue(project(), 'drill', NOON, ports), false);
    assert.equal(await claimDue(project(), 'drill', new Date(NOON.getTime() - 1), ports), false);
    assert.equal(await claimDue(project(), 'drill', ONE, ports), true);
    assert.equal(await claimDue(project(), 'scheduled-backup', NOON, ports), true, 'another job has its own');
  });

  for (const [what, content] of [
    ['empty', ''],
    ['torn', '{"scheduled-backup":{"claimedDueAt":"2026-01-2'],
    ['a list', '[1, 2]'],
    ['null', 'null'],
    ['of another kind', '{"scheduled-backup": 7, "drill": {"claimedDueAt": {"at": 1}, "ok": "yes"}}'],
    ['with an invalid time', '{"scheduled-backup":{"claimedDueAt":"soon"}}'],
    ['too large', `{"scheduled-backup":{"problem":"${'x'.repeat(300_000)}"}}`],
  ] as const) {
    it(`start empty if the file is ${what}`, async () => {
      mkdirSync(project().storePath);
      writeFileSync(jobsPath(), content);
      assert.equal(claimed(), undefined);
      assert.equal(await claimDue(project(), 'scheduled-backup', NOON, ports), true);
      assert.equal(await claimDue(project(), 'scheduled-backup', NOON, ports), false);
    });
  }

  it('make a new store ignored by version control, whatever a stopped run left in it', async () => {
    const ignore = join(project().storePath, '.gitignore');
    mkdirSync(project().storePath);
    writeFileSync(join(project().storePath, '.tmp-0123456789abcdef'), '');
    await recordJobResult(project(), 'drill', undefined, ports);
    assert.ok(existsSync(ignore));
    rmSync(ignore);
    await recordJobResult(project(), 'drill', undefined, ports);
    assert.equal(existsSync(ignore), false);
  });

  it('do not follow a link, but replace it', async () => {
    mkdirSync(project().storePath);
    const outside = folder.join('outside.json');
    writeFileSync(outside, '{"scheduled-backup":{"claimedDueAt":"2030-01-01T00:00:00Z"}}');
    symlinkSync(outside, jobsPath());
    assert.equal(await claimDue(project(), 'scheduled-backup', NOON, ports), true);
    assert.match(readFileSync(outside, 'utf8'), /2030/);
  });

  it('keep the other jobs, and the last success while a job fails', async () => {
    await recordJobResult(project(), 'replicate:usb', 'not plugged in', portsAt(NOON));
    await recordJobResult(project(), 'drill', undefined, portsAt(NOON));
    await claimDue(project(), 'drill', ONE, ports);
    await recordJobResult(project(), 'drill', 'did not open', ports);
    await recordJobResult(project(), 'drill', 'still not', portsAt(new Date(ONE.getTime() + HOUR_MS)));
    const { drill, 'replicate:usb': usb } = readJobs(project(), ports);
    assert.equal(drill?.claimedDueAt, ONE.toISOString());
    assert.equal(Date.parse(drill.lastOkAt ?? ''), NOON.getTime());
    assert.equal(Date.parse(drill.failingSince ?? ''), ONE.getTime());
    assert.equal(drill.problem, 'still not');
    assert.equal(usb?.problem, 'not plugged in');
  });

  it('keep a claim after the clock is set back, but drop one that is days ahead', async () => {
    await claimDue(project(), 'drill', ONE, ports);
    assert.equal(await claimDue(project(), 'drill', NOON, portsAt(NOON)), false);
    await claimDue(project(), 'drill', new Date('2030-01-01T00:00:00Z'), portsAt(new Date('2030-01-01T00:00:00Z')));
    assert.equal(await claimDue(project(), 'drill', ONE, ports), true);
  });

  it('are written for a project that has lost its database, but not its store', async () => {
    await recordJobResult(project(), 'drill', undefined, ports);
    rmSync(project().databasePath);
    await recordJobResult(project(), 'drill', 'no database', ports);
    assert.equal(readJobs(project(), ports).drill?.problem, 'no database');
  });

  it('create no store without a database, and exclude a new store from version control', async () => {
    rmSync(project().databasePath);
    assert.equal(await claimDue(project(), 'drill', NOON, ports), false);
    await recordJobResult(project(), 'backup', 'no database', ports);
    assert.equal(existsSync(project().storePath), false);
    makeFeatureDatabase(project().databasePath, { features: 3, passing: 1 });
    assert.equal(await claimDue(project(), 'drill', NOON, ports), true);
    assert.deepEqual(readdirSync(project().storePath).toSorted(), ['.gitignore', JOBS_FILE]);
    // A user who wants to commit backups deletes it permanently.
    rmSync(join(project().storePath, '.gitignore'));
    await claimDue(project(), 'drill', ONE, ports);
    assert.deepEqual(readdirSync(project().storePath), [JOBS_FILE]);
  });
});
