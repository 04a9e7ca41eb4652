import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, it } from 'mocha';
import { readCatalog } from '../../../core/store/openStore.js';
import { realPorts } from '../../../core/system/ports.js';
import {
  fakeHeaders,
  makeStore,
  plantBackups,
  plantCopies,
  recordWith,
  runBounded,
  segmentName,
  segmentOf,
} from '../../support/hostileStore.js';
import { KnownProjects } from '../../support/knownProjects.js';
import { runMeasured } from '../../support/peakMemory.js';
import { makeFeatureDatabase, runPython } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const COMMANDS = [
  ['list'],
  ['list', '--history'],
  ['status'],
  ['check'],
  ['backup'],
  ['cleanup', '--dry-run'],
] as const;

/** The command line prints this for an unexpected error. */
const UNEXPECTED = /unexpected|RangeError|heap/i;

describe('hostile store', function () {
  this.timeout(900_000);
  const folder = useTemporaryFolder();
  let storePath: string;

  beforeEach(() => {
    makeFeatureDatabase(folder.join('features.db'), { features: 5, passing: 2 });
    storePath = makeStore(folder.path);
  });

  /** A process that was killed or ran out of memory has no exit code. */
  const assertAllTerminate = (): void => {
    for (const [name, ...options] of COMMANDS) {
      const run = runBounded([name, folder.path, ...options]);
      assert.notEqual(run.code, null, `${name}: ${run.signal ?? ''} ${run.stderr.slice(-2000)}`);
      assert.doesNotMatch(run.stderr, UNEXPECTED);
    }
  };

  it('ends every command on a segment of 10 MB of fake headers', () => {
    const record = recordWith('"features_1_20260101-000000_x"\n{}');
    writeFileSync(join(storePath, segmentName(1)), segmentOf([record, fakeHeaders(10 * 1024 * 1024)]));
    assertAllTerminate();
  });

  it('ends every command on compressed metadata of nested empty arrays', () => {
    const text = `"features_1_20260101-000000_x"\n{"a":[${'[],'.repeat(600_000)}[]]}`;
    const records = Array.from({ length: 128 }, (_, index) =>
      recordWith(text, { index, kind: index === 0 ? 'full' : 'xor' }),
    );
    for (let number = 1; number <= 3; number += 1)
      writeFileSync(join(storePath, segmentName(number)), segmentOf(records));
    assertAllTerminate();
  });

  it('ends every command on thousands of metadata files of 1 MB each', () => {
    plantBackups(storePath, 4000, `{"reason":"${'x'.repeat(1024 * 1024 - 100)}"}`);
    assertAllTerminate();
  });

  it('ends every command on metadata of nested empty arrays', () => {
    plantBackups(storePath, 4000, `{"a":[${'[],'.repeat(340_000)}[]]}`);
    assertAllTerminate();
  });

  it('ends every command on metadata nested a hundred thousand deep', () => {
    plantBackups(storePath, 20, `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    assertAllTerminate();
  });

  it('ends every command on a store of 200,000 files', () => {
    plantBackups(storePath, 100_000, '{}');
    assertAllTerminate();
  });

  it('ends every command on files that claim terabytes', () => {
    for (const name of [
      'features_1_20260101-000000_a.db',
      'features_1_20260101-000000_b.db.gz',
      '.history-base',
      'features_1_20260101-000000_a.json',
      '.jobs.json',
      '.acknowledged.json',
      '.store-id',
    ]) {
      writeFileSync(join(storePath, name), '');
      truncateSync(join(storePath, name), 2 ** 41);
    }
    writeFileSync(join(storePath, segmentName(1)), segmentOf([recordWith('"features_1_20260101-000000_x"\n{}')]));
    truncateSync(join(storePath, segmentName(1)), 2 ** 41);
    mkdirSync(join(storePath, 'quarantine'));
    writeFileSync(join(storePath, 'quarantine/features_1_20260101-000000_c.db'), '');
    truncateSync(join(storePath, 'quarantine/features_1_20260101-000000_c.db'), 2 ** 41);
    assertAllTerminate();
  });
});

describe('verification of a hostile store', function () {
  this.timeout(300_000);
  const folder = useTemporaryFolder();
  const sparse = (path: string, sizeBytes: number): void => {
    writeFileSync(path, '');
    truncateSync(path, sizeBytes);
  };
  const sha256 = '0'.repeat(64);

  it('reads no file that is larger than its metadata states, or than any backup', () => {
    makeFeatureDatabase(folder.join('features.db'), { features: 5, passing: 2 });
    const storePath = makeStore(folder.path);
    const claimed = 'features_1_20260101-000000_claimed';
    sparse(join(storePath, `${claimed}.db`), 2 ** 31 - 1);
    writeFileSync(join(storePath, `${claimed}.json`), JSON.stringify({ backup_size: 4096, sha256 }));
    sparse(join(storePath, 'features_1_20260101-000000_unknown.db'), 2 ** 41);
    const emergency = join(storePath, 'features_emergency_20260101-000000');
    writeFileSync(`${emergency}.db`, 'x');
    sparse(`${emergency}.db-wal`, 2 ** 41);
    const side_files = [{ suffix: '-wal', size: 2 ** 41, sha256 }];
    writeFileSync(`${emergency}.json`, JSON.stringify({ content: 'raw', problems: ['torn'], side_files }));

    const { code, stdout, stderr } = runBounded(['verify', folder.path, '--json']);
    assert.equal(code, 3, stderr);
    assert.match(stdout, /it has 2147483647 bytes instead of 4096/);
    for (const name of ['features_1_20260101-000000_unknown', 'features_emergency_20260101-000000']) {
      assert.match(stdout, new RegExp(`The backup ${name} is too large to read`));
    }
    assert.doesNotMatch(stdout, /out of range/);
  });

  it('decompresses no more than the metadata states', () => {
    makeFeatureDatabase(folder.join('features.db'), { features: 5, passing: 2 });
    const storePath = makeStore(folder.path);
    const bomb = join(storePath, 'features_1_20260101-000000_bomb');
    writeFileSync(`${bomb}.db.gz`, gzipSync(Buffer.alloc(64 * 1024 * 1024)));
    writeFileSync(`${bomb}.json`, JSON.stringify({ backup_size: 4096, sha256 }));
    const { code, stdout, stderr } = runBounded(['verify', folder.path, '--json']);
    assert.equal(code, 3, stderr);
    assert.match(stdout, /cannot be decompressed/);
  });

  for (const [what, stated] of [
    ['', undefined],
    [' and states a small length', 4096],
  ] as const) {
    it(`decompresses no implausible file without metadata${what}, and keeps it listed`, () => {
      makeFeatureDatabase(folder.join('features.db'), { features: 5, passing: 2 });
      const name = 'features_1_20260101-000000_bomb';
      const path = join(makeStore(folder.path), `${name}.db.gz`);
      writeZeros(path, 1024);
      const bomb = readFileSync(path);
      if (stated !== undefined) bomb.writeUInt32LE(stated, bomb.length - 4);
      writeFileSync(path, bomb);
      for (const command of [['verify'], ['restore', name, '--yes']]) {
        const [first = '', ...rest] = command;
        const { code, stdout, stderr, peakBytes } = runMeasured([first, folder.path, ...rest, '--json'], folder.path);
        assert.equal(code, 1, stderr);
        assert.match(stdout + stderr, /has no metadata with its size and would become larger than 268 MB/);
        assert.ok(peakBytes < 700_000_000, `${command.join(' ')} takes ${String(peakBytes)} bytes`);
        assert.deepEqual(readFileSync(path), bomb);
      }
      const listed = runMeasured(['list', folder.path], folder.path);
      assert.match(listed.stdout, new RegExp(name));
    });
  }
});

describe('hostile target', function () {
  this.timeout(300_000);
  const folder = useTemporaryFolder();

  it('is neither read beyond its limits nor cleaned up after a partial read', () => {
    makeFeatureDatabase(folder.join('project/features.db'), { features: 5, passing: 2 });
    const target = folder.join('target');
    mkdirSync(target);
    const configuration = { targets: [{ name: 'nas', folder: target }] };
    mkdirSync(folder.join('home/.config/feature-backups'), { recursive: true });
    writeFileSync(folder.join('home/.config/feature-backups/config.json'), JSON.stringify(configuration));
    const environment = { HOME: folder.join('home'), FEATURE_BACKUPS_STATE: folder.join('state') };
    assert.equal(runBounded(['backup', folder.join('project')], environment).code, 0);
    assert.equal(runBounded(['replicate', folder.join('project')], environment).code, 0);
    const [key = ''] = readdirSync(target);
    const copies = join(target, key);
    const before = readdirSync(copies).length;
    writeFileSync(join(copies, segmentName(1)), '');
    truncateSync(join(copies, segmentName(1)), 2 ** 41);
    const text = `{"reason":"${'x'.repeat(1024 * 1024 - 100)}"}`;
    plantCopies(copies, 600, text);

    const replicated = runBounded(['replicate', folder.join('project')], environment);
    assert.notEqual(replicated.code, null, replicated.stderr.slice(-2000));
    assert.match(replicated.stdout + replicated.stderr, /Could not read all of .*target/);
    assert.equal(readdirSync(copies).length, before + 1 + 2 * 600 + 2);
    const listed = runBounded(['list', folder.join('project'), '--from', 'nas'], environment);
    assert.notEqual(listed.code, null, listed.stderr.slice(-2000));
    assert.doesNotMatch(listed.stderr, UNEXPECTED);
  });
});

describe('hostile store among a user’s projects', function () {
  this.timeout(900_000);
  const folder = useTemporaryFolder();
  let projects: KnownProjects;

  beforeEach(() => {
    projects = new KnownProjects(folder);
    for (const name of ['first', 'hostile', 'last']) projects.make(name);
    projects.register('first', 'hostile', 'last');
  });

  const plants: readonly (readonly [string, (storePath: string) => void])[] = [
    [
      'fake headers',
      (storePath) => {
        writeFileSync(
          join(storePath, segmentName(1)),
          segmentOf([recordWith('"features_1_20260101-000000_x"\n{}'), fakeHeaders(10 * 1024 * 1024)]),
        );
      },
    ],
    [
      'too many files',
      (storePath) => {
        plantBackups(storePath, 100_000, '{}');
      },
    ],
    [
      'metadata of nested arrays',
      (storePath) => {
        plantBackups(storePath, 300, `{"a":[${'[],'.repeat(340_000)}[]]}`);
      },
    ],
  ];
  for (const [what, plant] of plants) {
    it(`does not stop the watcher or any command for the other projects: ${what}`, () => {
      plant(makeStore(projects.path('hostile')));
      const watched = runBounded(['watch', '--once'], projects.environment);
      assert.notEqual(watched.code, null, watched.stderr.slice(-2000));
      for (const name of ['first', 'last']) {
        const { backups } = readCatalog(testProject(projects.path(name)), realPorts());
        assert.equal(backups.length, 1, `${name}: ${watched.stdout}${watched.stderr}`);
      }
      for (const args of [
        ['check', '--all'],
        ['backup', '--all'],
        ['verify', '--all'],
      ]) {
        const run = runBounded(args, projects.environment);
        assert.notEqual(run.code, null, `${args.join(' ')}: ${run.stderr.slice(-2000)}`);
        assert.doesNotMatch(run.stderr, UNEXPECTED, args.join(' '));
      }
      const status = runBounded(['status', '--all'], projects.environment);
      for (const name of ['first', 'hostile', 'last']) assert.match(status.stdout, new RegExp(`\\t${name}\\t`));
    });
  }
});

/** Writes this many megabytes of zeros, compressed. With Python, because this process need not hold them. */
function writeZeros(path: string, megabytes: number): void {
  const program = `
import sys, zlib
c = zlib.compressobj(6, zlib.DEFLATED, 31)
block = bytes(1 << 20)
with open(sys.argv[1], 'wb') as file:
  for _ in range(int(sys.argv[2])): file.write(c.compress(block))
  file.write(c.flush())`;
  runPython(program, [path, String(megabytes)]);
}
