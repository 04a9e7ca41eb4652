import assert from 'node:assert/strict';
import nodeFileSystem, {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { type Project } from '../../../core/project/project.js';
import { acknowledgeShrinkage } from '../../../core/retention/acknowledge.js';
import { replicate, type TargetOutcome } from '../../../core/replication/replicate.js';
import { readJobs } from '../../../core/store/jobs.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { interferingFiles, systemError } from '../../support/interferingFiles.js';
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
import { sqlite3 } from '../../support/fixtureProject.js';
import { testProject } from '../../support/testProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('sync to a target', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const target = () => folder.join('target');
  let project: Project;
  beforeEach(async () => {
    mkdirSync(target());
    project = withTargets(await projectWithBackups(folder.join('shop'), 3), folderTargetNamed('nas', target()));
  });
  const run = async (options = {}, ports: Ports = realPorts(), of = project): Promise<TargetOutcome> =>
    await syncOneTarget(of, options, ports);
  const image = (id: string) => join(folderAt(target()), `${id}.db.gz`);

  it('continues without a backup that is pruned before its turn', async () => {
    const [pruned = '', ...others] = idsOf(project);
    const steps: string[] = [];
    const onProgress = (step: string): void => {
      steps.push(step);
      if (step.includes(pruned)) rmSync(join(project.storePath, `${pruned}.db`), { force: true });
    };
    const { copied, skipped, problem } = await run({}, { ...realPorts(), onProgress });
    assert.deepEqual([[...copied].sort(), skipped, problem], [others, [], undefined]);
    assert.deepEqual(provenCopies(folderAt(target())), others);
    assert.deepEqual(
      steps.filter((step) => step.startsWith('copying')).sort(),
      idsOf(project)
        .concat(pruned)
        .sort()
        .map((id) => `copying ${id} (nas)`),
    );
  });

  it('reports progress', async () => {
    const fractions: number[] = [];
    await run({}, { ...realPorts(), onProgress: (_, fraction) => fractions.push(fraction) });
    assert.deepEqual(fractions, [0, 1 / 3, 2 / 3]);
    fractions.length = 0;
    await run({ verify: true }, { ...realPorts(), onProgress: (_, fraction) => fractions.push(fraction) });
    assert.deepEqual(fractions, [0, 1 / 3, 2 / 3]);
  });

  it('counts what it copied, in backups and in bytes', async () => {
    const outcome = await run();
    const bytes = idsOf(project).reduce((sum, id) => sum + readFileSync(image(id)).length, 0);
    assert.deepEqual(
      { ...outcome, copied: outcome.copied.length },
      {
        ...{ name: 'nas', place: target(), problem: undefined, copied: 3, copiedBytes: bytes },
        ...{
          updated: [],
          removed: [],
          segments: [],
          presentCount: 0,
          verifiedCount: undefined,
          damaged: [],
          skipped: [],
        },
      },
    );
  });

  it('does nothing if the target is missing, and records that', async () => {
    rmSync(target(), { recursive: true });
    const { problem, ...outcome } = await run();
    assert.equal(problem?.code, 'target-failed');
    assert.deepEqual(outcome, {
      ...{ name: 'nas', place: target(), copied: [], copiedBytes: 0, updated: [], removed: [], segments: [] },
      ...{ presentCount: 0, verifiedCount: undefined, damaged: [], skipped: [] },
    });
    assert.equal(readJobs(project, realPorts())['replicate:nas']?.ok, false);
  });

  it('finds damaged copies, replaces those that it can, and names the others', async () => {
    await run();
    const [one = '', two = '', three = ''] = idsOf(project);
    for (const id of [one, two, three]) flipByte(image(id));
    rmSync(join(project.storePath, `${one}.db`));
    rmSync(join(project.storePath, `${one}.json`));
    const { problem, damaged, copied, verifiedCount } = await run({ verify: true });
    assert.deepEqual([[...damaged].sort(), [...copied].sort(), verifiedCount], [[one, two, three], [two, three], 0]);
    assert.match(problem?.message ?? '', new RegExp(`^3 of the copies .* were damaged; 1 cannot be replaced: ${one}$`));
    assert.equal(problem?.code, 'target-failed');
  });

  it('warns about copies with damaged metadata, except those that it replaces', async () => {
    await run();
    const at = (name: string) => join(folderAt(target()), name);
    const warnings: string[] = [];
    const ports = { ...realPorts(), onWarning: (message: string) => warnings.push(message) };
    const lose = (count: number): void => {
      for (let number = 1; number <= count; number += 1) {
        const id = `features_${number.toString()}_20200101-000000_x`;
        writeFileSync(at(`${id}.db.gz`), 'image');
        writeFileSync(at(`${id}.json`), '{');
      }
    };
    const [one = ''] = idsOf(project);
    writeFileSync(at(`${one}.json`), '{');
    await run({}, ports);
    assert.deepEqual(warnings, []);
    lose(3);
    await run({}, ports);
    assert.equal(warnings.length, 1);
    assert.match(
      warnings.join(),
      /^The metadata of 3 copies on nas is damaged; .*\((features_\d_\S+, ){2}features_\d_[^ …]+\)$/,
    );
    lose(4);
    warnings.length = 0;
    await run({}, ports);
    assert.match(warnings.join(), /of 4 copies .*\((features_\d_\S+, ){2}features_\d_\S+ …\)$/);
  });

  it('removes nothing while the live database cannot be read', async () => {
    await run();
    const keepOne = withTargets(
      project,
      folderTargetNamed('nas', target(), { keepLast: 1, keepDaily: 0, keepWeekly: 0 }),
    );
    await backUpNewState(project, 4);
    const before = readdirSync(folderAt(target()));
    const files = interferingFiles(({ name, path }) => {
      if (name === 'open' && path === project.databasePath) throw systemError('EACCES');
    });
    const { removed, problem } = await run({}, { ...realPorts(), files }, keepOne);
    assert.deepEqual([removed, problem], [[], undefined]);
    for (const name of before) assert.ok(readdirSync(folderAt(target())).includes(name), name);
    const outcome = await run({}, realPorts(), keepOne);
    assert.equal(outcome.removed.length, 3);
    assert.equal(provenCopies(folderAt(target())).length, 1);
  });

  it('reports a programming error as such, not as an unreadable database', async () => {
    const keepOne = folderTargetNamed('nas', target(), { keepLast: 1, keepDaily: 0, keepWeekly: 0 });
    sqlite3(project.databasePath, 'UPDATE features SET passes = 1');
    // The first two only compare the state of the files.
    const files = interferingFiles(({ name, path, turn }) => {
      if (name === 'open' && path === project.databasePath && turn > 2) throw new TypeError('a bug');
    });
    const { problem } = await run({}, { ...realPorts(), files }, withTargets(project, keepOne));
    assert.ok(problem?.cause instanceof TypeError);
  });

  it('removes no copy that exists only there while the live database has lost features', async () => {
    await run();
    const keepOne = folderTargetNamed('nas', target(), { keepLast: 1, keepDaily: 0, keepWeekly: 0 });
    for (const id of idsOf(project).slice(0, 2))
      for (const ending of ['db', 'json']) rmSync(join(project.storePath, `${id}.${ending}`));
    sqlite3(project.databasePath, 'DELETE FROM features WHERE id > 4');
    const shrunk = withTargets(project, keepOne);
    assert.deepEqual((await run({}, realPorts(), shrunk)).removed, []);
    await acknowledgeShrinkage(project, {}, realPorts());
    assert.equal((await run({}, realPorts(), shrunk)).removed.length, 2);
  });

  it('removes copies after the user has acknowledged that the live database is smaller', async () => {
    await run();
    const keepOne = withTargets(
      project,
      folderTargetNamed('nas', target(), { keepLast: 1, keepDaily: 0, keepWeekly: 0 }),
    );
    sqlite3(project.databasePath, 'DELETE FROM features WHERE id > 4');
    assert.deepEqual((await run({}, realPorts(), keepOne)).removed, []);
    await acknowledgeShrinkage(project, {}, realPorts());
    assert.equal((await run({}, realPorts(), keepOne)).removed.length, 2);
  });

  for (const [what, retention] of [
    ['fewer backups', { keepLast: 1, keepDaily: 0, keepWeekly: 0 }],
    ['every backup', {}],
  ] as const) {
    it(`removes old history from a target with ${what} only after a loss of features is acknowledged`, async () => {
      await run();
      const configuration = { ...project.configuration, history: { maxBytes: 10 } };
      const bounded = withTargets({ ...project, configuration }, folderTargetNamed('nas', target(), retention));
      const segment = join(folderAt(target()), 'history-000001-20260125-120000.fbh');
      const stray = join(folderAt(target()), 'features_9_20260125-120000_x.db.gz');
      writeFileSync(segment, 'x'.repeat(100));
      writeFileSync(stray, '{}');
      utimesSync(stray, new Date('2026-01-25'), new Date('2026-01-25'));
      sqlite3(project.databasePath, 'DELETE FROM features WHERE id > 4');
      await run({}, realPorts(), bounded);
      assert.deepEqual([existsSync(segment), existsSync(stray)], [true, true]);
      await acknowledgeShrinkage(project, {}, realPorts());
      await run({}, realPorts(), bounded);
      assert.deepEqual([existsSync(segment), existsSync(stray)], [false, false]);
    });
  }

  it('removes an old image without metadata only after a loss of features is acknowledged', async () => {
    await run();
    const stray = join(folderAt(target()), 'features_9_20260125-120000_x.db.gz');
    writeFileSync(stray, '{}');
    utimesSync(stray, new Date('2026-01-25'), new Date('2026-01-25'));
    sqlite3(project.databasePath, 'DELETE FROM features WHERE id > 4');
    await run();
    assert.ok(existsSync(stray));
    await acknowledgeShrinkage(project, {}, realPorts());
    await run();
    assert.equal(existsSync(stray), false);
  });

  it('does not read the live database if it can remove nothing', async () => {
    const segment = 'history-000001-20260125-120000.fbh';
    writeFileSync(join(project.storePath, segment), 'history');
    const opened: string[] = [];
    const files = interferingFiles(({ name, path }) => {
      if (name === 'open' && path === project.databasePath) opened.push(path);
    });
    for (let turn = 0; turn < 2; turn += 1) await run({}, { ...realPorts(), files });
    assert.ok(existsSync(join(folderAt(target()), segment)));
    assert.deepEqual(opened, []);
    rmSync(join(project.storePath, segment));
    await run({}, { ...realPorts(), files });
    assert.notDeepEqual(opened, []);
  });

  it('copies large backups one at a time', async () => {
    const addBlob = (id: number): string =>
      `UPDATE features SET description = randomblob(34000000), passes = 1 WHERE id = ${id.toString()}`;
    for (const id of [1, 2]) {
      sqlite3(
        project.databasePath,
        `${addBlob(id)}; UPDATE features SET description = '' WHERE id <> ${id.toString()}`,
      );
      await createBackup(project, { source: 'cli', reason: 'large' }, realPorts());
    }
    const counts = new Map<string, number>();
    const onProgress = (step: string): void => {
      const names = readdirSync(target()).flatMap((key) => readdirSync(join(target(), key)));
      counts.set(step, names.filter((name) => name.endsWith('.json') && name.startsWith('features_')).length);
    };
    const { copied } = await run({}, { ...realPorts(), onProgress });
    assert.equal(copied.length, 5);
    assert.equal(new Set(counts.values()).size, 3);
  });

  it('reports in a dry run what it would copy, update and remove', async () => {
    await run();
    await backUpNewState(project, 4);
    const newest = idsOf(project).at(-1) ?? '';
    const keepOne = withTargets(
      project,
      folderTargetNamed('nas', target(), { keepLast: 1, keepDaily: 0, keepWeekly: 0 }),
    );
    const before = readdirSync(folderAt(target()));
    const { copied, removed, presentCount } = await run({ dryRun: true }, realPorts(), keepOne);
    assert.deepEqual([copied, [...removed].sort(), presentCount], [[newest], idsOf(project).slice(0, 3), 0]);
    assert.deepEqual(readdirSync(folderAt(target())), before);
    assert.deepEqual(readJobs(project, realPorts())['replicate:nas']?.ok, true);
  });

  it('syncs only to the named target, which must be configured', async () => {
    mkdirSync(folder.join('other'));
    const both = withTargets(
      project,
      folderTargetNamed('other', folder.join('other')),
      folderTargetNamed('nas', target()),
    );
    const { targets } = await replicate(both, { target: 'nas' }, realPorts());
    assert.deepEqual(
      targets.map(({ name, copied }) => [name, copied.length]),
      [['nas', 3]],
    );
    assert.deepEqual(readdirSync(folder.join('other')), []);
    await assert.rejects(replicate(both, { target: 'away' }, realPorts()), { code: 'target-not-found' });
    const empty = withTargets(testProject(folder.join('empty')), folderTargetNamed('nas', target()));
    assert.deepEqual((await replicate(empty, {}, realPorts())).targets, [
      {
        ...{ name: 'nas', place: target(), problem: undefined, copied: [], copiedBytes: 0, updated: [], removed: [] },
        ...{ segments: [], presentCount: 0, verifiedCount: undefined, damaged: [], skipped: [] },
      },
    ]);
  });

  it('stops at an unreadable backup or copy, and does not report it as damaged', async () => {
    await run();
    const [one = ''] = idsOf(project);
    const refusing = (isRefused: (path: string) => boolean): Ports => ({
      ...realPorts(),
      files: interferingFiles(({ name, path }) => {
        if (name === 'open' && isRefused(path)) throw systemError('EIO');
      }),
    });
    const verified = await run(
      { verify: true },
      refusing((path) => path === image(one)),
    );
    assert.deepEqual([verified.problem?.code, verified.damaged], ['io', []]);
    await backUpNewState(project, 4);
    const newest = idsOf(project).at(-1) ?? '';
    const copied = await run(
      {},
      refusing((path) => path === join(project.storePath, `${newest}.db`)),
    );
    assert.deepEqual(copied, {
      ...{
        name: 'nas',
        place: target(),
        problem: copied.problem,
        copied: [],
        copiedBytes: 0,
        updated: [],
        removed: [],
      },
      ...{ segments: [], presentCount: 3, verifiedCount: undefined, damaged: [], skipped: [] },
    });
    assert.equal(copied.problem?.code, 'io');
  });

  it('removes the metadata of a copy before it replaces the image', async () => {
    await run();
    const [one = ''] = idsOf(project);
    const metadataPath = join(folderAt(target()), `${one}.json`);
    rmSync(image(one));
    let wasThere: boolean | undefined;
    const linkSync: Ports['files']['linkSync'] = (from, to) => {
      if (String(to) === image(one)) wasThere = existsSync(metadataPath);
      nodeFileSystem.linkSync(from, to);
    };
    const renameSync: Ports['files']['renameSync'] = (from, to) => {
      if (String(to) === image(one)) wasThere = existsSync(metadataPath);
      nodeFileSystem.renameSync(from, to);
    };
    const { copied } = await run({}, { ...realPorts(), files: { ...nodeFileSystem, linkSync, renameSync } });
    assert.deepEqual([copied, wasThere], [[one], false]);
    assert.deepEqual(provenCopies(folderAt(target())), idsOf(project));
  });

  it('removes an old image without metadata, unless it has just been copied again', async () => {
    await run();
    const [one = ''] = idsOf(project);
    const stray = image('features_1_20200101-000000_x');
    copyFileSync(image(one), stray);
    rmSync(join(folderAt(target()), `${one}.json`));
    const longAgo = new Date(Date.now() - 8 * 86_400_000);
    for (const path of [image(one), stray]) utimesSync(path, longAgo, longAgo);
    assert.deepEqual((await run()).copied, [one]);
    assert.equal(existsSync(stray), false);
    assert.deepEqual(provenCopies(folderAt(target())), idsOf(project));
  });

  it('copies any number in batches', async () => {
    for (let passing = 4; passing <= 12; passing += 1) await backUpNewState(project, passing);
    for (let passing = 11; passing >= 4; passing -= 1) await backUpNewState(project, passing);
    const counts: number[] = [];
    const all = withTargets(project, folderTargetNamed('nas', target(), { keepLast: 100 }));
    const onProgress = (): void => {
      const names = readdirSync(target()).flatMap((key) => readdirSync(join(target(), key)));
      counts.push(names.filter((name) => name.endsWith('.json') && name.startsWith('features_')).length);
    };
    const { copied } = await run({}, { ...realPorts(), onProgress }, all);
    assert.equal(copied.length, 20);
    assert.deepEqual(provenCopies(folderAt(target())), idsOf(project));
    assert.deepEqual([...new Set(counts)], [0, 16]);
  });

  it('rejects a target without a location', async () => {
    const nowhere = { name: 'x', folder: undefined, rclone: undefined, retention: {} };
    const { problem, place } = await run({}, realPorts(), withTargets(project, nowhere));
    assert.deepEqual([problem?.code, place], ['configuration', '']);
  });
});
