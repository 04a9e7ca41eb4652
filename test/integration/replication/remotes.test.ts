import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readJobs } from '../../../core/store/jobs.js';
import { realPorts } from '../../../core/system/ports.js';
import { type Project } from '../../../core/project/project.js';
import { findProgram } from '../../../core/system/processes/findProgram.js';
import { countsBySqlite } from '../../support/fixtureProject.js';
import {
  backUpNewState,
  flipByte,
  folderAt,
  idsOf,
  projectWithBackups,
  provenCopies,
} from '../../support/replication/copies.js';
import {
  startCuttingProxy,
  startSshd,
  startWebdav,
  withoutRclone,
  withoutSshd,
} from '../../support/replication/servers.js';
import { bareEnvironment, buildCli, CLI_PATH, runCli, runCliJson } from '../../support/runCli.js';
import { S3_BUCKET, startS3Server } from '../../support/s3Server.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('copies at an rclone remote', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const stops: (() => Promise<void>)[] = [];
  before(function () {
    const why = withoutRclone();
    if (why !== undefined) {
      console.log(`      skipped: ${why}`);
      this.skip();
    }
    buildCli();
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  let project: Project;
  beforeEach(async () => {
    project = await projectWithBackups(folder.join('shop'), 3);
  });

  const environment = () => ({
    XDG_CONFIG_HOME: folder.join('config'),
    RCLONE_CONFIG: folder.join('rclone.conf'),
    FEATURE_BACKUPS_STATE: folder.join('state'),
    HOME: folder.path,
    // By default, a dead connection is retried for a while.
    RCLONE_LOW_LEVEL_RETRIES: '1',
  });
  const configure = (rclone: string, targets: Readonly<Record<string, string>>): void => {
    writeFileSync(folder.join('rclone.conf'), rclone);
    mkdirSync(folder.join('config', 'feature-backups'), { recursive: true });
    const list = Object.entries(targets).map(([name, remote]) => ({ name, rclone: remote }));
    writeFileSync(folder.join('config', 'feature-backups', 'config.json'), JSON.stringify({ targets: list }));
  };
  const cli = async (...args: string[]) => await runCliJson(args, { cwd: project.root, env: environment() });
  const replicated = async (...args: string[]): Promise<Outcome> => {
    const { document, stderr } = await cli('replicate', ...args);
    const [outcome] = document.targets as Outcome[];
    assert.ok(outcome, stderr);
    return outcome;
  };

  interface Outcome {
    readonly ok: boolean;
    readonly copied: readonly string[];
    readonly presentCount: number;
    readonly verifiedCount: number | null;
    readonly damaged: readonly string[];
    readonly problem: { readonly code: string; readonly message: string } | null;
  }

  /** A sync, its repetition, a verification, a listing, and a restore on an empty machine. */
  const proveRoundTrip = async (): Promise<void> => {
    const first = await replicated();
    assert.equal(first.problem, null);
    assert.deepEqual([...first.copied].sort(), idsOf(project));
    const again = await replicated('--verify');
    assert.deepEqual([again.ok, again.copied, again.presentCount, again.verifiedCount], [true, [], 3, 3]);
    await backUpNewState(project, 4);
    assert.equal((await replicated()).copied.length, 1);
    await proveBareRestore();
  };

  const proveBareRestore = async (...more: string[]): Promise<void> => {
    const before = countsBySqlite(project.databasePath);
    const newest = idsOf(project).at(-1) ?? '';
    rmSync(project.root, { recursive: true });
    const bare = { cwd: folder.path, env: environment() };
    const listed = await runCliJson(['list', '--from', 'away'], bare);
    assert.match(JSON.stringify(listed.document), new RegExp(newest));
    const target = folder.join('new', 'machine', 'shop');
    const restored = await runCli(['restore', target, '--from', 'away', '--yes', ...more], bare);
    assert.equal(restored.code, 0, restored.stderr);
    assert.equal(countsBySqlite(join(target, 'features.db')), before);
    const verified = await runCli(['verify'], { cwd: target, env: environment() });
    assert.equal(verified.code, 0, verified.stdout + verified.stderr);
  };

  it('a local remote', async () => {
    configure(`[disk]\ntype = alias\nremote = ${folder.join('disk')}\n`, { away: 'disk:sub folder/copies' });
    await proveRoundTrip();
    assert.equal(provenCopies(folderAt(folder.join('disk', 'sub folder', 'copies'))).length, 4);
  });

  it('WebDAV without checksums: the sent data is read back', async () => {
    const server = await startWebdav(folder.join('served'));
    stops.push(() => server.stop());
    configure(server.configuration('dav'), { away: 'dav:copies' });
    await proveRoundTrip();
    assert.equal(provenCopies(folderAt(folder.join('served', 'copies'))).length, 4);
  });

  it('SFTP, with OpenSSH’s own server', async function () {
    const why = withoutSshd();
    if (why !== undefined) {
      console.log(`      skipped: ${why}`);
      return this.skip();
    }
    const server = await startSshd(folder.join('ssh'));
    stops.push(() => server.stop());
    configure(server.configuration('box'), { away: `box:${folder.join('remote')}` });
    await proveRoundTrip();
    assert.equal(provenCopies(folderAt(folder.join('remote'))).length, 4);
  });

  it('an S3 server', async () => {
    const server = await startS3Server(folder.join('objects'));
    stops.push(() => server.stop());
    configure(server.configuration('s3'), { away: `s3:${S3_BUCKET}/copies` });
    await proveRoundTrip();
  });

  it('an S3 server with an interrupted connection: the next run sends the rest', async () => {
    const server = await startS3Server(folder.join('objects'));
    const proxy = await startCuttingProxy(server.port);
    stops.push(
      () => proxy.stop(),
      () => server.stop(),
    );
    configure(server.configuration('s3', proxy.port), { away: `s3:${S3_BUCKET}/copies` });
    // In the middle of an image: the server has only the first part.
    proxy.allow(8000);
    assert.equal((await replicated()).problem?.code, 'target-failed');
    proxy.allow(Infinity);
    const outcome = await replicated();
    assert.deepEqual([outcome.ok, outcome.presentCount, outcome.copied.length], [true, 0, 3]);
    const { verifiedCount, copied } = await replicated('--verify');
    assert.deepEqual([verifiedCount, copied], [3, []]);
    await proveBareRestore();
  });

  it('rclone crypt: no content or name is readable without its key, and everything can be restored', async () => {
    // As in docs/off-site.md; the passwords are the output of `rclone obscure` for "one" and "two".
    const [restoreOne, two] = [await obscured('one'), await obscured('two')];
    configure(
      [
        `[disk]\ntype = alias\nremote = ${folder.join('disk')}`,
        `[secret]\ntype = crypt\nremote = disk:encrypted\npassword = ${restoreOne}\npassword2 = ${two}`,
      ].join('\n\n'),
      { away: 'secret:copies' },
    );
    const key = (await cli('replicate')).document.key as string;
    const files = readdirSync(folder.join('disk'), { recursive: true, withFileTypes: true });
    const names = files.map(({ name }) => name).join('\n');
    // Words that random letters and bytes do not form by chance, unlike "shop" and "json".
    const revealing = [key, project.root, 'features', '.json', '.db.gz'];
    assert.deepEqual(
      revealing.filter((word) => names.includes(word)),
      [],
    );
    for (const file of files.filter((entry) => entry.isFile())) {
      const content = readFileSync(join(file.parentPath, file.name));
      assert.deepEqual(
        revealing.filter((word) => content.includes(word)),
        [],
        file.name,
      );
      // Not the first bytes of gzip or SQLite, but those of rclone's own format.
      assert.equal(content.subarray(0, 6).toString(), 'RCLONE');
    }
    await proveBareRestore();
  });

  it('fetches everything with --everything, and one particular backup by its name', async () => {
    configure(`[disk]\ntype = alias\nremote = ${folder.join('disk')}\n`, { away: 'disk:copies' });
    await replicated();
    const ids = idsOf(project);
    const [oldest = ''] = ids;
    await proveBareRestore('--everything');
    assert.deepEqual(
      readdirSync(folder.join('new', 'machine', 'shop', '.feature_backups'))
        .filter((name) => name.endsWith('.db'))
        .sort(),
      ids.map((id) => `${id}.db`),
    );
    const target = folder.join('other');
    const env = environment();
    const restoreOne = await runCli(['restore', oldest, '--project', target, '--from', 'away', '--yes'], {
      cwd: folder.path,
      env,
    });
    assert.equal(restoreOne.code, 0, restoreOne.stderr);
    assert.equal(countsBySqlite(join(target, 'features.db')), '12|1');
  });

  it('repeated interruptions: each run continues the last one, and no partial copy is taken for complete', async () => {
    const server = await startWebdav(folder.join('served'));
    const proxy = await startCuttingProxy(server.port);
    stops.push(
      () => proxy.stop(),
      () => server.stop(),
    );
    configure(server.configuration('dav', proxy.port), { away: 'dav:copies' });
    const copiesAtTarget = () => {
      const copies = folder.join('served', 'copies');
      return existsSync(copies) && readdirSync(copies).length > 0 ? provenCopies(folderAt(copies)) : [];
    };
    const cutAt = [4000, 8000];
    const completeAfter: number[] = [];
    for (const bytes of cutAt) {
      proxy.allow(bytes);
      const outcome = await replicated();
      assert.equal(outcome.problem?.code, 'target-failed', `cut after ${String(bytes)} bytes`);
      completeAfter.push(copiesAtTarget().length);
    }
    assert.deepEqual(completeAfter, completeAfter.toSorted(), 'intact copies stay intact');
    assert.equal(readJobs(project, realPorts())['replicate:away']?.ok, false);
    proxy.allow(Infinity);
    assert.equal((await replicated('--verify')).ok, true);
    assert.deepEqual(copiesAtTarget(), idsOf(project));
    assert.equal(readJobs(project, realPorts())['replicate:away']?.ok, true);
  });

  it('a server that dies in the middle of a sync, and is restarted', async () => {
    const server = await startWebdav(folder.join('served'));
    configure(server.configuration('dav'), { away: 'dav:copies' });
    await server.stop();
    const { code, document } = await cli('replicate');
    assert.equal(code, 1);
    assert.equal((document.targets as Outcome[])[0]?.problem?.code, 'target-failed');
    const problem = readJobs(project, realPorts())['replicate:away'];
    assert.equal(problem?.ok, false);
  });

  it('a sync killed in the middle of an upload, and two more at once afterwards', async () => {
    const server = await startWebdav(folder.join('served'));
    const proxy = await startCuttingProxy(server.port);
    stops.push(
      () => proxy.stop(),
      () => server.stop(),
    );
    configure(server.configuration('dav', proxy.port), { away: 'dav:copies' });
    const child = spawn(process.execPath, [CLI_PATH, 'replicate'], {
      cwd: project.root,
      env: bareEnvironment(environment()),
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    while (proxy.passedBytes < 2000 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGKILL');
    await ended;
    const outcomes = await Promise.all([replicated(), replicated()]);
    assert.deepEqual(
      outcomes.map(({ ok }) => ok),
      [true, true],
    );
    assert.equal((await replicated('--verify')).verifiedCount, 3);
    const scratch = join(project.storePath, '.replication');
    assert.deepEqual(
      readdirSync(scratch).filter((name) => /^\.|^feature-backups-/.test(name)),
      [],
    );
  });

  it('killed while it reads copies: the next run leaves nothing of them behind', async () => {
    configure(`[disk]\ntype = alias\nremote = ${folder.join('disk')}\n`, { away: 'disk:copies' });
    await replicated();
    const temporary = folder.join('tmp');
    const programs = folder.join('programs');
    for (const path of [temporary, programs]) mkdirSync(path);
    const started = folder.join('started');
    const real = findProgram('rclone', realPorts()) ?? '';
    // Copies but does not end, so its files still exist when the waiting process is killed.
    const script = `#!/bin/sh\n'${real}' "$@" || exit\n[ "$1" != copy ] || { echo $$ > '${started}'; exec sleep 600; }\n`;
    writeFileSync(join(programs, 'rclone'), script, { mode: 0o755 });
    const env = { ...environment(), TMPDIR: temporary };
    const args = ['list', '--from', 'away'];
    const killed = spawn(process.execPath, [CLI_PATH, ...args], {
      cwd: folder.path,
      env: bareEnvironment({ ...env, PATH: `${programs}:${process.env.PATH ?? ''}` }),
    });
    while (!existsSync(started) || readFileSync(started, 'utf8') === '') await pause(20);
    const ended = once(killed, 'exit');
    killed.kill('SIGKILL');
    await ended;
    process.kill(Number(readFileSync(started, 'utf8')), 'SIGKILL');
    const [left = ''] = readdirSync(temporary);
    assert.ok(readdirSync(join(temporary, left)).includes('project.json'));
    const next = await runCli(args, { cwd: folder.path, env });
    assert.equal(next.code, 0, next.stderr);
    assert.deepEqual(readdirSync(temporary), []);
  });

  it('a target with wrong data: --verify finds it, and a restore skips it, or refuses it by name', async () => {
    const server = await startWebdav(folder.join('served'));
    stops.push(() => server.stop());
    configure(server.configuration('dav'), { away: 'dav:copies' });
    await replicated();
    const [restoreOne = '', two = '', three = ''] = idsOf(project);
    for (const id of [restoreOne, three]) flipByte(join(folderAt(folder.join('served', 'copies')), `${id}.db.gz`));
    // Deleted here, so it cannot be copied again.
    rmSync(join(project.storePath, `${three}.db`));
    const outcome = await replicated('--verify');
    // WebDAV reports no checksum, and the size is right: the copy is sent again nevertheless.
    assert.deepEqual(
      [outcome.ok, [...outcome.damaged].sort(), outcome.copied],
      [false, [restoreOne, three], [restoreOne]],
    );
    assert.match(outcome.problem?.message ?? '', new RegExp(`cannot be replaced: ${three}`));

    assert.deepEqual((await replicated('--verify')).damaged, [three]);

    const bare = { cwd: folder.path, env: environment() };
    const named = await runCli(['restore', three, '--project', folder.join('a'), '--from', 'away', '--yes'], bare);
    assert.equal(named.code, 3, named.stderr);
    assert.equal(existsSync(folder.join('a', 'features.db')), false);
    const best = await runCliJson(['restore', '--project', folder.join('b'), '--from', 'away', '--yes'], bare);
    assert.equal(best.code, 0, best.stderr);
    assert.equal(countsBySqlite(folder.join('b', 'features.db')), '12|2', two);
    assert.match(best.stderr, new RegExp(`The copy of ${three} .* is damaged`));
  });

  it('missing rclone: the message explains what to do, and folders are synced anyway', async () => {
    mkdirSync(folder.join('nas'));
    configure('', { away: 'disk:copies' });
    const file = folder.join('config', 'feature-backups', 'config.json');
    writeFileSync(
      file,
      JSON.stringify({
        targets: [
          { name: 'away', rclone: 'disk:copies' },
          { name: 'nas', folder: folder.join('nas') },
        ],
      }),
    );
    const env = { ...environment(), PATH: folder.path };
    const { code, document } = await runCliJson(['replicate'], { cwd: project.root, env });
    assert.equal(code, 1);
    const [away, nas] = document.targets as Outcome[];
    assert.equal(away?.problem?.code, 'rclone-missing');
    assert.equal(nas?.copied.length, 3);
  });

  it('shows no password of a server that refuses', async () => {
    configure('[dav]\ntype = webdav\nurl = http://somebody:hunter2@127.0.0.1:9\nvendor = other\n', {
      away: 'dav:copies',
    });
    const { stdout, stderr } = await cli('replicate');
    assert.match(stdout, /target-failed/);
    assert.doesNotMatch(stdout + stderr, /hunter2/);
  });
});

async function obscured(password: string): Promise<string> {
  const child = spawn('rclone', ['obscure', password], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(child, 'close');
  return text.trim();
}
