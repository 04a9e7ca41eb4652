import assert from 'node:assert/strict';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { readCatalog } from '../../../core/store/openStore.js';
import { claimDue, recordJobResult, readJobs } from '../../../core/store/jobs.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import type { Project, SchedulePolicy } from '../../../core/project/project.js';
import { nextDue, runDueJobs } from '../../../core/schedule/runDueJobs.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const HOURLY: SchedulePolicy = { backup: '0 * * * *', drill: '' };

describe('scheduled jobs', () => {
  const folder = useTemporaryFolder();
  const ownZone = process.env.TZ;

  beforeEach(() => {
    process.env.TZ = 'UTC';
    makeFeatureDatabase(folder.join('features.db'), { features: 4, passing: 1 });
  });
  afterEach(() => {
    if (ownZone === undefined) delete process.env.TZ;
    else process.env.TZ = ownZone;
  });

  const projectWith = (schedule: SchedulePolicy): Project => {
    const project = testProject(folder.path);
    return { ...project, configuration: { ...project.configuration, schedule } };
  };
  const at = (time: string): Ports => ({ ...realPorts(), now: () => new Date(`2026-01-${time}Z`) });
  const runAt = async (time: string, schedule = HOURLY): Promise<readonly string[]> =>
    (await runDueJobs(projectWith(schedule), at(time))).map(
      ({ job, dueAt, problem }) =>
        `${job} ${dueAt?.toISOString().slice(8, 16) ?? 'never'}${problem === undefined ? '' : ` ${problem}`}`,
    );

  it('do not run for due times before their schedule was first read', async () => {
    assert.deepEqual(await runAt('25T14:46:00'), []);
    assert.deepEqual(await runAt('25T14:59:59'), []);
    assert.equal(readCatalog(projectWith(HOURLY), realPorts()).backups.length, 0);
    assert.deepEqual(await runAt('25T15:00:00'), ['scheduled-backup 25T15:00']);
  });

  it('run once for all missed due times, then at the next one', async () => {
    await runAt('25T14:46:00');
    assert.deepEqual(await runAt('28T09:12:00'), ['scheduled-backup 28T09:00']);
    assert.deepEqual(await runAt('28T09:13:00'), []);
    assert.deepEqual(await runAt('28T10:00:30'), ['scheduled-backup 28T10:00']);
  });

  it('record the schedule as the trigger of a backup', async () => {
    await runAt('25T14:46:00');
    await runAt('25T15:00:00');
    const [backup] = readCatalog(projectWith(HOURLY), realPorts()).backups;
    assert.equal(backup?.metadata?.source, 'schedule');
    assert.equal(backup.reason, 'scheduled');
    const { 'scheduled-backup': record } = readJobs(projectWith(HOURLY), realPorts());
    assert.equal(record?.ok, true);
  });

  it('run once when several processes find them due', async () => {
    await runAt('25T14:46:00');
    const runs = await Promise.all(Array.from({ length: 5 }, async () => await runAt('25T15:00:00')));
    assert.deepEqual(runs.flat(), ['scheduled-backup 25T15:00']);
  });

  it('do not run twice for one due time when the clock is set back', async () => {
    await runAt('25T14:46:00');
    await runAt('25T16:00:00');
    assert.deepEqual(await runAt('25T13:30:00'), []);
    assert.deepEqual(await runAt('25T15:00:00'), []);
    assert.deepEqual(await runAt('25T16:00:00'), []);
    assert.deepEqual(await runAt('25T17:00:00'), ['scheduled-backup 25T17:00']);
  });

  it('start over after a clock that was far ahead', async () => {
    await claimDue(projectWith(HOURLY), 'scheduled-backup', new Date('2031-01-01T00:00:00Z'), at('25T14:46:00'));
    assert.deepEqual(await runAt('25T14:46:00'), []);
    assert.deepEqual(await runAt('25T15:00:00'), ['scheduled-backup 25T15:00']);
  });

  it('run by a valid schedule even if the other one is invalid, which is reported', async () => {
    const schedule = { backup: 'hourly', drill: '0 3 * * *' };
    const [first, ...others] = await runAt('25T02:00:00', schedule);
    assert.match(first ?? '', /^scheduled-backup never schedule\.backup: "hourly" is not a cron expression/);
    assert.deepEqual(others, []);
    assert.equal((await runAt('25T03:00:00', schedule))[1], 'drill 25T03:00');
  });

  it('create no store without a database', async () => {
    rmSync(folder.join('features.db'));
    assert.deepEqual(await runAt('25T14:46:00'), []);
    assert.deepEqual(await runAt('25T15:00:00'), []);
    assert.equal(existsSync(projectWith(HOURLY).storePath), false);
  });

  it('report a damaged or missing database', async () => {
    await runAt('25T14:46:00');
    rmSync(folder.join('features.db'));
    writeFileSync(folder.join('features.db'), 'not a database, but long enough to be checked '.repeat(20));
    const [run] = await runAt('25T15:00:00');
    assert.match(run ?? '', /^scheduled-backup 25T15:00 The live database is damaged/);
    rmSync(folder.join('features.db'));
    const [, lost] = [run, ...(await runAt('25T16:00:00'))];
    assert.match(lost ?? '', /^scheduled-backup 25T16:00 No database exists/);
  });

  it('run a drill and record its success', async () => {
    const schedule = { backup: '0 * * * *', drill: '30 * * * *' };
    await runAt('25T14:46:00', schedule);
    assert.deepEqual(await runAt('25T15:31:00', schedule), ['scheduled-backup 25T15:00', 'drill 25T15:30']);
    assert.equal(readJobs(projectWith(schedule), realPorts()).drill?.ok, true);
  });

  it('keep the record of one job when another is recorded', async () => {
    await runAt('25T14:46:00');
    await recordJobResult(projectWith(HOURLY), 'replicate:usb', 'not there', at('25T14:50:00'));
    await runAt('25T15:00:00');
    assert.equal(readJobs(projectWith(HOURLY), realPorts())['replicate:usb']?.problem, 'not there');
  });

  it('are next due at the earlier of two due times', () => {
    const next = (schedule: SchedulePolicy) =>
      nextDue(projectWith(schedule), at('25T14:46:00'))?.toISOString().slice(8, 16);
    assert.equal(next({ backup: '0 * * * *', drill: '50 14 * * *' }), '25T14:50');
    assert.equal(next({ backup: '0 * * * *', drill: '0 3 * * 0' }), '25T15:00');
    assert.equal(next({ backup: '', drill: '' }), undefined);
    assert.equal(next({ backup: 'wrong', drill: '' }), undefined);
  });
});
