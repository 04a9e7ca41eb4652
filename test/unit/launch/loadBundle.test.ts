import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { buildSync } from 'esbuild';
import { makeTemporaryFolder, removeFolder } from '../../support/temporaryFolder.js';

// Each run is a process, because the cache is written when a process ends.
describe('loading a bundle', () => {
  let folder: string;
  let launcher: string;
  let bundle: string;
  let home: string;

  beforeEach(async () => {
    folder = await makeTemporaryFolder();
    bundle = join(folder, 'tool.cjs');
    home = join(folder, 'home');
    mkdirSync(home);
    launcher = join(folder, 'launcher.cjs');
    const { outputFiles } = buildSync({
      stdin: {
        contents: `import { loadBundle } from './loadBundle.js';
          const [, , path, build] = process.argv;
          const loaded = loadBundle(path, { build, require });
          process.exitCode = loaded === undefined ? 1 : 0;`,
        resolveDir: join(import.meta.dirname, '../../../launch'),
        loader: 'ts',
      },
      bundle: true,
      platform: 'node',
      format: 'cjs',
      write: false,
    });
    writeFileSync(launcher, outputFiles[0]?.contents ?? '');
  });
  afterEach(() => removeFolder(folder));

  const run = (build: string, environment: NodeJS.ProcessEnv = { HOME: home }): string => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, bundle, build], {
      env: environment,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    assert.equal(stderr, '');
    return stdout;
  };
  const cachedFiles = (): readonly string[] => {
    try {
      return readdirSync(join(home, '.cache/feature-backups/compiled'));
    } catch {
      return [];
    }
  };
  const write = (word: string, sqlEngine?: boolean): void => {
    const state = sqlEngine === undefined ? '' : `exports.hasLoadedSqlEngine = () => ${String(sqlEngine)};`;
    writeFileSync(
      bundle,
      `const say = () => console.log('${word}', __filename === module.filename || __filename); say(); ${state}`,
    );
    utimesSync(bundle, 1, 1);
  };

  it('runs it as require would, with and without the cache', () => {
    writeFileSync(
      bundle,
      `console.log(__filename, __dirname, typeof exports, module.exports === exports, require('./other.cjs'));`,
    );
    writeFileSync(join(folder, 'other.cjs'), 'module.exports = 42;');
    const expected = `${bundle} ${folder} object true 42\n`;
    assert.deepEqual([run('a'), run('a'), run('a')], [expected, expected, expected]);
  });

  it('does not use the cache of another build of the same length and time', function () {
    write('old');
    assert.match(run('one'), /^old/);
    write('new');
    assert.match(run('two'), /^new/);
    assert.match(run('two'), /^new/);
  });

  describe('on a Node without a compile cache', () => {
    before(function () {
      if ('enableCompileCache' in createRequire(import.meta.url)('node:module')) this.skip();
    });

    it('caches the newest build only, readable by its user alone', () => {
      write('old');
      run('one');
      run('two');
      assert.deepEqual(cachedFiles(), [`tool-${process.version}-${process.arch}-two`]);
    });

    it('uses the cache without compiling the source again', () => {
      write('old');
      run('one');
      write('new');
      assert.match(run('one'), /^old/);
    });

    it('replaces an incomplete cache once', () => {
      const content = (): Buffer => readFileSync(join(home, '.cache/feature-backups/compiled', cachedFiles()[0] ?? ''));
      write('old', false);
      run('one');
      assert.equal(content().at(-1), 0);
      write('old', true);
      run('two');
      assert.equal(content().at(-1), 1);
      const complete = content();
      run('two');
      assert.deepEqual(content(), complete);
    });

    it('also caches what a bundle loads from its own folder', () => {
      writeFileSync(bundle, `console.log(require('./part.cjs').word, require('node:path').sep);`);
      writeFileSync(join(folder, 'part.cjs'), `exports.word = 'old';`);
      assert.equal(run('one'), 'old /\n');
      assert.deepEqual(
        cachedFiles()
          .map((name) => name.split('-')[0])
          .sort(),
        ['part', 'tool'],
      );
      writeFileSync(join(folder, 'part.cjs'), `exports.word = 'new';`);
      assert.equal(run('one'), 'old /\n');
    });

    it('ignores and replaces a damaged cache', () => {
      write('old');
      run('one');
      const path = join(home, '.cache/feature-backups/compiled', cachedFiles()[0] ?? '');
      for (const damaged of [Buffer.alloc(0), Buffer.from('noise'), readFileSync(path).subarray(0, 200)]) {
        writeFileSync(path, damaged);
        assert.match(run('one'), /^old/);
        assert.ok(readFileSync(path).length > 200);
      }
    });
  });

  it('works without a cache if the home folder is missing or cannot be written', function () {
    write('old');
    writeFileSync(join(home, '.cache'), 'a file');
    chmodSync(home, 0o500);
    assert.match(run('one'), /^old/);
    assert.match(run('one', {}), /^old/);
    assert.match(run('one', { HOME: 'relative', XDG_CACHE_HOME: 'relative' }), /^old/);
    chmodSync(home, 0o700);
  });
});
