import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { listBackups, pin } from '../../../core/engine.js';
import { readJobs } from '../../../core/store/jobs.js';
import { replicate, type TargetOutcome } from '../../../core/replication/replicate.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import {
  backUpNewState,
  flipByte,
  folderAt,
  folderTargetNamed,
  idsOf,
  projectWithBackups,
  provenCopies,
  syncOneTarget,
  withTargets,
} from '../../support/replication/copies.js';
import { stoppingFiles } from '../../support/stoppingFiles.js';
import { testProject } from '../../support/testProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { useTinyDisk } from '../../support/tinyDisk.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Lets two more remain until they are archived. */
const WITH_SURPLUS = { keepLast: 8, keepHourly: 0, keepDaily: 0, keepWeekly: 0, keepEmergency: 5 };

describe('copies in a folder', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const disk = useTinyDisk();
  const target = () => folder.join('target');

  let project: Project;
  beforeEach(async () => {
    mkdirSync(target());
    project = withTargets(await projectWithBackups(folder.join('shop front'), 3), folderTargetNamed('nas', target()));
  });

  const run = async (of = project, options = {}, ports: Ports = realPorts()): Promise<TargetOutcome> =>
    await syncOneTarget(of, options, ports);
  const runSuccessfully = async (of = project, options = {}): Promise<TargetOutcome> => {
    const outcome = await run(of, options);
    assert.equal(outcome.problem, undefined);
    return outcome;
  };

  it('copies every backup under its own name, compressed, with its checksum in the metadata', async () => {
    const outcome = await runSuccessfully();
    assert.deepEqual([...outcome.copied].sort(), idsOf(project));
    assert.match(folderAt(target()), /\/shop-front-[0-9a-f]{8}$/);
    assert.deepEqual(provenCopies(folderAt(target())), idsOf(project));
    const description = JSON.parse(readFileSync(join(folderAt(target()), 'project.json'), 'utf8')) as object;
    assert.deepEqual(
      { ...description, host: '', key: '' },
      {
        ...{ format: 1, key: '', name: 'shop front', host: '' },
        ...{ root: project.root, database: 'features.db' },
      },
    );
    assert.equal(readJobs(project, realPorts())['replicate:nas']?.ok, true);
  });

  it('copies only new backups the next time', async () => {
    await runSuccessfully();
    const before = readdirSync(folderAt(target())).map((name) => readFileSync(join(folderAt(target()), name)));
    const again = await runSuccessfully();
    assert.deepEqual([again.copied, again.updated, again.presentCount], [[], [], 3]);
    assert.deepEqual([again.removed, again.segments, again.copiedBytes], [[], [], 0]);
    assert.deepEqual(
      readdirSync(folderAt(target())).map((name) => readFileSync(join(folderAt(target()), name))),
      before,
    );
    await backUpNewState(project, 4);
    assert.equal((await runSuccessfully()).copied.length, 1);
    assert.deepEqual(provenCopies(folderAt(target())), idsOf(project));
  });

  it('copies and creates nothing if no backup exists', async () => {
    const empty = withTargets(testProject(folder.join('empty')), folderTargetNamed('nas', target()));
    mkdirSync(empty.root);
    const { key, targets } = await replicate(empty, {}, realPorts());
    assert.deepEqual(
      [key, targets.map(({ name, copied, problem }) => [name, copied, problem])],
      [undefined, [['nas', [], undefined]]],
    );
    assert.deepEqual([readdirSync(empty.root), readdirSync(target())], [[], []]);
  });

  it('updates a pin without the image', async () => {
    await runSuccessfully();
    const { newest } = await listBackups(project);
    assert.ok(newest);
    await pin(project, newest.id);
    const outcome = await runSuccessfully();
    assert.deepEqual([outcome.copied, outcome.updated], [[], [newest.id]]);
    assert.match(readFileSync(join(folderAt(target()), `${newest.id}.json`), 'utf8'), /"pinned": true/);
  });

  it('replaces incomplete copies: missing or truncated metadata, an image of another length', async () => {
    await runSuccessfully();
    const [one = '', two = '', three = ''] = idsOf(project);
    const at = (name: string) => join(folderAt(target()), name);
    rmSync(at(`${one}.json`));
    writeFileSync(at(`${two}.json`), readFileSync(at(`${two}.json`)).subarray(0, 100));
    writeFileSync(at(`${three}.db.gz`), readFileSync(at(`${three}.db.gz`)).subarray(0, 100));
    const outcome = await runSuccessfully();
    assert.deepEqual([...outcome.copied].sort(), [one, two, three]);
    assert.deepEqual(provenCopies(folderAt(target())), [one, two, three]);
  });

  it('applies the target’s own retention, and copies nothing that it would remove', async () => {
    const own = withTargets(project, folderTargetNamed('nas', target(), { keepLast: 2, keepDaily: 0, keepWeekly: 0 }));
    await runSuccessfully(own);
    assert.deepEqual(provenCopies(folderAt(target())), idsOf(project).slice(1));
    await backUpNewState(project, 4);
    const outcome = await runSuccessfully(own);
    assert.deepEqual([outcome.copied.length, outcome.removed.length], [1, 1]);
    assert.deepEqual(provenCopies(folderAt(target())), idsOf(project).slice(2));
    assert.deepEqual((await runSuccessfully(own)).copied, []);
  });

  it('keeps every state at the target at all times, as a copy or in the history', async () => {
    const withSurplus = { ...project, configuration: { ...project.configuration, retention: WITH_SURPLUS } };
    for (let turn = 0; turn < 14; turn += 1) {
      await backUpNewState(withSurplus, 10 + turn);
      await runSuccessfully(withSurplus);
      const there = new Set(provenCopies(folderAt(target())));
      assert.deepEqual(
        idsOf(withSurplus).filter((id) => !there.has(id)),
        [],
        `turn ${String(turn)}`,
      );
      const segments = readdirSync(withSurplus.storePath).filter((name) => name.endsWith('.fbh'));
      for (const name of segments) {
        assert.deepEqual(readFileSync(join(folderAt(target()), name)), readFileSync(join(withSurplus.storePath, name)));
      }
    }
    assert.ok(readdirSync(withSurplus.storePath).some((name) => name.endsWith('.fbh')));
    assert.equal(provenCopies(folderAt(target())).length, idsOf(withSurplus).length);
  });

  it('never removes a pinned backup at the target', async () => {
    const [oldest = ''] = idsOf(project);
    await runSuccessfully();
    await pin(project, oldest);
    await runSuccessfully(
      withTargets(project, folderTargetNamed('nas', target(), { keepLast: 1, keepDaily: 0, keepWeekly: 0 })),
    );
    assert.ok(provenCopies(folderAt(target())).includes(oldest));
    assert.equal(provenCopies(folderAt(target())).length, 2);
  });

  for (const [what, harm] of [
    ['damaged', () => writeFileSync(project.databasePath, 'no database')],
    ['gone', () => rmSync(project.databasePath)],
    ['shrunk', () => sqlite3(project.databasePath, 'DELETE FROM features WHERE id > 2')],
  ] as const) {
    it(`removes nothing at the target while the live database is ${what}`, async () => {
      await runSuccessfully();
      harm();
      const strict = { keepLast: 1, keepDaily: 0, keepWeekly: 0 };
      const outcome = await runSuccessfully(withTargets(project, folderTargetNamed('nas', target(), strict)));
      assert.deepEqual(outcome.removed, []);
      assert.equal(provenCopies(folderAt(target())).length, 3);
    });
  }

  it('keeps the copies if the store was emptied and the project started over', async () => {
    await runSuccessfully();
    for (const name of readdirSync(project.storePath).filter((each) => each.startsWith('features_')))
      rmSync(join(project.storePath, name));
    sqlite3(project.databasePath, 'DELETE FROM features WHERE id > 2');
    await backUpNewState(project, 1);
    const strict = { keepLast: 1, keepDaily: 0, keepWeekly: 0 };
    const outcome = await runSuccessfully(withTargets(project, folderTargetNamed('nas', target(), strict)));
    assert.deepEqual(outcome.removed, []);
    assert.equal(provenCopies(folderAt(target())).length, 4);
  });

  it('does not create the target folder, whose disk may not be mounted', async () => {
    rmSync(target(), { recursive: true });
    const { problem } = await run();
    assert.equal(problem?.code, 'target-failed');
    assert.match(problem.message, /is missing/);
    assert.equal(existsSync(target()), false);
    assert.equal(readJobs(project, realPorts())['replicate:nas']?.ok, false);
  });

  it('continues with the other targets if one fails', async () => {
    mkdirSync(folder.join('second'));
    const two = withTargets(
      project,
      folderTargetNamed('away', folder.join('nothing')),
      folderTargetNamed('second', folder.join('second')),
    );
    const { targets } = await replicate(two, {}, realPorts());
    assert.deepEqual(
      targets.map(({ name, problem }) => [name, problem?.code]),
      [
        ['away', 'target-failed'],
        ['second', undefined],
      ],
    );
    assert.equal(provenCopies(folderAt(folder.join('second'))).length, 3);
  });

  it('reports a full target, leaves no partial file, and continues when space is available', async function () {
    const full = folder.join('full');
    const why = disk.mount(full, 'size=16k');
    if (why !== undefined) return this.skip();
    const onFull = withTargets(project, folderTargetNamed('full', full));
    const { problem } = await run(onFull);
    assert.equal(problem?.code, 'disk-full');
    const intact = existsSync(full) && readdirSync(full).length > 0 ? provenCopies(folderAt(full)) : [];
    assert.ok(intact.length < 3);
    disk.unmountAll();
    assert.equal((await runSuccessfully(onFull)).copied.length, 3);
    assert.equal(provenCopies(folderAt(full)).length, 3);
  });

  it('finds a changed copy with --verify, even if name and size are right, and replaces it', async () => {
    await runSuccessfully();
    const [one = ''] = idsOf(project);
    flipByte(join(folderAt(target()), `${one}.db.gz`));
    assert.deepEqual((await runSuccessfully()).copied, [], 'a listing cannot show it');
    const steps: string[] = [];
    const onProgress = (step: string): void => void steps.push(step);
    const outcome = await run(project, { verify: true }, { ...realPorts(), onProgress });
    for (const id of idsOf(project))
      assert.ok(
        steps.some((step) => step.startsWith('verif') && step.includes(id)),
        id,
      );
    assert.deepEqual([outcome.damaged, outcome.verifiedCount, outcome.copied], [[one], 2, [one]]);
    assert.match(outcome.problem?.message ?? '', /1 of the copies .* was damaged; replaced from this store/);
    assert.equal((await runSuccessfully(project, { verify: true })).verifiedCount, 3);
    assert.deepEqual(provenCopies(folderAt(target())), idsOf(project));
  });

  it('does not copy a damaged backup', async () => {
    const [one = ''] = idsOf(project);
    flipByte(join(project.storePath, `${one}.db`));
    const outcome = await runSuccessfully();
    assert.deepEqual(outcome.skipped, [{ id: one, why: 'damaged' }]);
    assert.deepEqual(provenCopies(folderAt(target())), idsOf(project).slice(1));
  });

  it('copies an emergency backup of a damaged database unchanged', async () => {
    sqlite3(
      project.databasePath,
      "PRAGMA writable_schema=1; DELETE FROM sqlite_master WHERE name = 'ix_features_passes'; INSERT INTO features SELECT 99, priority, category, name, description, steps, passes, in_progress, dependencies, needs_human_input, human_input_request, human_input_response FROM features WHERE id = 1",
    );
    const { backUp } = await import('../../../core/engine.js');
    const outcome = await backUp(project, { source: 'cli', reason: 'x' });
    assert.ok(outcome.status === 'damaged');
    assert.equal(outcome.emergency.content, 'database');
    await runSuccessfully();
    assert.deepEqual(provenCopies(folderAt(target())), idsOf(project));
  });

  it('removes old leftovers of an interrupted run, and no other files', async () => {
    await runSuccessfully();
    const at = (name: string) => join(folderAt(target()), name);
    const old = new Date(Date.now() - 2 * 60 * 60 * 1000);
    for (const name of ['.tmp-123-abc-def', '.tmp-notes.txt', 'notes.txt']) {
      writeFileSync(at(name), 'x');
      utimesSync(at(name), old, old);
    }
    writeFileSync(at('.tmp-123-new-def'), 'x');
    await runSuccessfully();
    assert.deepEqual(
      readdirSync(folderAt(target())).filter((name) => !/^features_|^project/.test(name)),
      ['.tmp-123-new-def', '.tmp-notes.txt', 'notes.txt'],
    );
  });

  it('keeps images without metadata for a week, and longer while the live database is damaged', async () => {
    await runSuccessfully();
    const place = folderAt(target());
    const now = new Date();
    const ageOf = { features_1: 7 * DAY_MS, features_2: 7 * DAY_MS + 1, features_3: -DAY_MS };
    const [edge, old, future] = Object.entries(ageOf).map(([start, ageMs]) => {
      const name = `${start}_20200101-000000_x.db.gz`;
      writeFileSync(join(place, name), 'an image');
      const at = new Date(now.getTime() - ageMs);
      utimesSync(join(place, name), at, at);
      return name;
    });
    const strays = () => readdirSync(place).filter((name) => name.includes('_20200101-000000_x'));
    const content = readFileSync(project.databasePath);
    writeFileSync(project.databasePath, 'no longer a database'.repeat(500));
    const at = { ...realPorts(), now: () => now };
    // One copy is missing, and another is surplus: only then is the live state detected.
    const keepOne = withTargets(
      project,
      folderTargetNamed('nas', target(), { keepLast: 1, keepDaily: 0, keepWeekly: 0 }),
    );
    assert.equal((await run(keepOne, {}, at)).problem, undefined);
    assert.deepEqual(strays(), [edge, old, future]);
    writeFileSync(project.databasePath, content);
    assert.equal((await run(project, {}, at)).problem, undefined);
    assert.deepEqual(strays(), [edge, future]);
  });

  it('gives a copied project its own folder, while a moved one keeps its folder', async () => {
    await runSuccessfully();
    const copy = { ...project, root: folder.join('copy') };
    cpSync(project.root, copy.root, { recursive: true });
    const copied = {
      ...copy,
      databasePath: join(copy.root, 'features.db'),
      storePath: join(copy.root, '.feature_backups'),
    };
    const first = (await replicate(project, {}, realPorts())).key;
    const second = (await replicate(copied, {}, realPorts())).key;
    assert.notEqual(second, first);
    assert.equal(readdirSync(target()).length, 2);

    renameSync(project.root, folder.join('moved'));
    const moved = { ...project, root: folder.join('moved'), databasePath: folder.join('moved', 'features.db') };
    const outcome = await replicate({ ...moved, storePath: folder.join('moved', '.feature_backups') }, {}, realPorts());
    assert.equal(outcome.key, first);
  });

  it('waits for another run, and repeats no work', async () => {
    const outcomes = await Promise.all([run(), run()]);
    assert.deepEqual(
      outcomes.map(({ problem }) => problem),
      [undefined, undefined],
    );
    assert.deepEqual(outcomes.map(({ copied }) => copied.length).sort(), [0, 3]);
  });

  it('does not block a backup', async () => {
    let made: Promise<void> | undefined;
    const ports: Ports = {
      ...realPorts(),
      onProgress: (step) => {
        if (step.startsWith('copying')) made ??= backUpNewState(project, 9);
      },
    };
    await run(project, {}, ports);
    assert.ok(made);
    await made;
    assert.equal(idsOf(project).length, 4);
  });

  it('reports its plan in a dry run, and changes nothing', async () => {
    const outcome = await runSuccessfully(project, { dryRun: true });
    assert.equal(outcome.copied.length, 3);
    assert.deepEqual([outcome.segments, outcome.copiedBytes], [[], 0]);
    assert.deepEqual(readdirSync(target()), []);
    assert.equal(readJobs(project, realPorts())['replicate:nas'], undefined);
  });

  it('leaves only complete copies when stopped at any change, and the next run finishes the work', async () => {
    const calls = async (): Promise<number> => {
      const { files, calls: made } = stoppingFiles();
      const root = folder.join('counted');
      const counted = await prepared(root);
      await replicate(counted, {}, { ...portsAt(root), files });
      return made.length;
    };
    const count = await calls();
    assert.ok(count > 40, String(count));
    let failures = 0;
    for (let at = 1; at <= count; at += 1) {
      const root = folder.join(`stopped-${String(at)}`);
      const stopped = await prepared(root);
      const ports = { ...portsAt(root), files: stoppingFiles({ at, how: 'dead' }).files };
      failures += Number(await assertStopped(replicate(stopped, {}, ports), `change ${String(at)}`));
      const there = join(root, 'target');
      // The folder exists from the start, and `provenCopies` asserts that each copy in it is complete.
      const proven = provenCopies(folderAt(there));
      assert.ok(proven.length > 0, `change ${String(at)}`);
      const [outcome] = (await replicate(stopped, {}, portsAt(root))).targets;
      assert.equal(outcome?.problem, undefined, `change ${String(at)}`);
      assert.deepEqual(provenCopies(folderAt(there)), idsOf(stopped).slice(1), `change ${String(at)}`);
      assert.deepEqual(
        readdirSync(join(stopped.storePath, '.replication')).filter((name) => name.startsWith('.')),
        [],
        `change ${String(at)}`,
      );
    }
    assert.ok(failures > count / 2, `${String(failures)} of ${String(count)} runs failed`);
  });

  /** Whether it failed; only the injected error may be the reason. */
  async function assertStopped(pass: ReturnType<typeof replicate>, context: string): Promise<boolean> {
    const problem = await pass.then(
      ({ targets }) => targets[0]?.problem,
      (error: unknown) => error,
    );
    assert.ok(problem === undefined || inspect(problem).includes('dead: injected'), `${context}: ${inspect(problem)}`);
    return problem !== undefined;
  }

  /** Each project of this test has its own user, with records of its target. */
  function portsAt(root: string): Ports {
    return { ...realPorts(), environment: { FEATURE_BACKUPS_STATE: join(root, 'state') } };
  }

  /** Three backups, of which the oldest is to be removed at the target. */
  async function prepared(root: string): Promise<Project> {
    const source = folder.join('prepared');
    const strict = { keepLast: 2, keepDaily: 0, keepWeekly: 0 };
    if (!existsSync(source)) {
      const made = await projectWithBackups(source, 1);
      mkdirSync(join(source, 'target'));
      await replicate(withTargets(made, folderTargetNamed('t', join(source, 'target'))), {}, portsAt(source));
      await backUpNewState(made, 2);
      await backUpNewState(made, 3);
    }
    cpSync(source, root, { recursive: true, preserveTimestamps: true });
    // A copied store would get its own folder at the target; this one must count as the same.
    const identity = join(root, '.feature_backups', '.store-id');
    const [key = '', ...others] = readdirSync(join(root, 'target'));
    assert.deepEqual(others, []);
    for (const path of [identity, join(root, 'target', key, 'project.json')])
      writeFileSync(path, readFileSync(path, 'utf8').replace(source, root));
    rmSync(join(root, 'state'), { recursive: true });
    const { configuration } = project;
    const copy = {
      root,
      databasePath: join(root, 'features.db'),
      storePath: join(root, '.feature_backups'),
      configuration,
    };
    return withTargets(copy, folderTargetNamed('t', join(root, 'target'), strict));
  }
});
