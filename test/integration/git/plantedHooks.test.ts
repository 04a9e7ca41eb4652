import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { makeRepository, readTree, type GitRepository } from '../../support/gitRepository.js';
import { PLANTED_FILES, plantAt, runCliOrKill, type PlantedFile } from '../../support/plantedFiles.js';
import { runOnTerminal } from '../../support/terminal.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const SECRET = 'BEGIN PRIVATE KEY';
const PACKAGE_WITH_HUSKY = '{ "devDependencies": { "husky": "9" } }\n';

describe('installing git hooks among hostile files', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  let repository: GitRepository;
  const run = (...args: readonly string[]) => runCliOrKill(args, { cwd: repository.path });
  const at = (name: string) => join(repository.path, name);

  beforeEach(() => {
    repository = makeRepository(folder.join('repository'));
    writeFileSync(folder.join('secret'), SECRET);
  });

  const CONFIGURATIONS: readonly { readonly file: string; readonly setUp?: () => void }[] = [
    { file: 'lefthook.yml' },
    { file: '.config/lefthook.yml' },
    {
      file: 'lefthook-local.yml',
      setUp: () => {
        repository.write('lefthook.yml', 'pre-push: {}\n');
      },
    },
    { file: 'package.json' },
    { file: '.simple-git-hooks.json' },
    {
      file: '.husky/pre-commit',
      setUp: () => {
        repository.write('package.json', PACKAGE_WITH_HUSKY);
      },
    },
  ];
  for (const { file, setUp } of CONFIGURATIONS) {
    for (const planted of PLANTED_FILES) {
      it(`refuses ${planted.title} as ${file}`, () => {
        setUp?.();
        plantAt(at(file), planted);
        if (file === 'package.json') mkdirSync(at('.husky'));
        assertRefused(file, planted);
      });
    }
  }

  function assertRefused(file: string, { reason }: PlantedFile): void {
    const { code, stderr } = run('install', 'git');
    assert.notEqual(code, null, 'it hung');
    assert.equal(code, 2, stderr);
    assert.match(stderr, reason);
    assert.ok(stderr.includes(file), stderr);
  }

  it('refuses a pipe instead of a hook', () => {
    execFileSync('mkfifo', [at('.git/hooks/pre-commit')]);
    assertRefused('.git/hooks/pre-commit', { title: '', plant: () => undefined, reason: /is not a regular file/ });
  });

  it('refuses a link to a device instead of a hook', () => {
    symlinkSync('/dev/zero', at('.git/hooks/pre-commit'));
    assertRefused('.git/hooks/pre-commit', { title: '', plant: () => undefined, reason: /is not a regular file/ });
  });

  it('moves aside a hook that is too large to be a script, without reading it', () => {
    repository.write('.git/hooks/pre-commit', '#!/bin/sh\n', 0o755);
    truncateSync(at('.git/hooks/pre-commit'), 100 * 1024 * 1024);
    const { code, stderr } = run('install', 'git');
    assert.equal(code, 0, stderr);
    assert.ok(existsSync(at('.git/hooks/feature-backups-kept/pre-commit')));
  });

  it('does not hang on a pipe as .pre-commit-config.yaml', () => {
    execFileSync('mkfifo', [at('.pre-commit-config.yaml')]);
    assert.equal(run('install', 'git').code, 0);
  });

  it('does not hang on a pipe as .git', () => {
    const inner = at('inner');
    mkdirSync(inner);
    execFileSync('mkfifo', [join(inner, '.git')]);
    const { code } = runCliOrKill(['install', 'git', '--dry-run'], { cwd: inner });
    assert.notEqual(code, null, 'it hung');
  });

  const LINKED: readonly { readonly file: string; readonly setUp: () => void }[] = [
    {
      file: '.husky/pre-commit',
      setUp: () => {
        repository.write('package.json', PACKAGE_WITH_HUSKY);
      },
    },
    {
      file: 'lefthook-local.yml',
      setUp: () => {
        repository.write('lefthook.yml', 'pre-push: {}\n');
      },
    },
    { file: 'package.json', setUp: () => undefined },
  ];
  for (const { file, setUp } of LINKED) {
    it(`never copies the target of a link into the work tree: ${file}`, () => {
      setUp();
      mkdirSync(dirname(at(file)), { recursive: true });
      symlinkSync(folder.join('secret'), at(file));
      const before = readTree(repository.path);
      const { code, stderr } = run('install', 'git');
      assert.equal(code, 2, stderr);
      assert.match(stderr, /is a link that points outside/);
      assert.deepEqual(readTree(repository.path), before);
      assert.equal(readFileSync(folder.join('secret'), 'utf8'), SECRET);
    });
  }

  for (const where of ['.git/hooks', 'own-hooks']) {
    it(`moves aside a hook that is a link, as a link: ${where}`, () => {
      if (where === 'own-hooks') repository.git('config', 'core.hooksPath', where);
      mkdirSync(at(where), { recursive: true });
      symlinkSync(folder.join('secret'), at(`${where}/pre-commit`));
      const before = readTree(at(where));
      const { code, stderr } = run('install', 'git', '--using', 'hooks-folder');
      assert.equal(code, 0, stderr);
      const kept = at(`${where}/pre-commit.feature-backups-kept`);
      assert.ok(lstatSync(kept).isSymbolicLink());
      assert.ok(!JSON.stringify(readTree(repository.path)).includes(Buffer.from(SECRET).toString('base64')));
      assert.equal(run('uninstall', 'git', '--yes').code, 0);
      assert.deepEqual(readTree(at(where)), before);
    });
  }

  it('does not create hooks in a folder behind a link in the work tree', () => {
    repository.write('package.json', PACKAGE_WITH_HUSKY);
    mkdirSync(folder.join('outside'));
    symlinkSync(folder.join('outside'), at('.husky'));
    const { code, stderr } = run('install', 'git');
    assert.equal(code, 2, stderr);
    assert.deepEqual(readdirSync(folder.join('outside')), []);
  });

  it('edits a file behind a link inside the work tree, and removes its lines again', () => {
    repository.write('package.json', PACKAGE_WITH_HUSKY);
    repository.write('scripts/check.sh', 'echo check\n');
    mkdirSync(at('.husky'));
    symlinkSync('../scripts/check.sh', at('.husky/pre-commit'));
    const before = readTree(repository.path, /^\.git$/);
    // Husky itself has not run here.
    assert.equal(run('install', 'git').code, 1);
    assert.ok(lstatSync(at('.husky/pre-commit')).isSymbolicLink());
    assert.match(repository.read('scripts/check.sh'), /feature-backups/);
    assert.equal(run('uninstall', 'git', '--yes').code, 0);
    assert.deepEqual(readTree(repository.path, /^\.git$/), before);
  });

  it('works in a hooks folder outside the repository that git itself uses', () => {
    mkdirSync(folder.join('my-hooks'));
    writeFileSync(folder.join('my-hooks/pre-commit'), '#!/bin/sh\necho mine\n', { mode: 0o755 });
    repository.git('config', 'core.hooksPath', folder.join('my-hooks'));
    const before = readTree(folder.join('my-hooks'));
    assert.equal(run('install', 'git', '--using', 'hooks-folder').code, 0);
    assert.match(readFileSync(folder.join('my-hooks/pre-commit'), 'utf8'), /feature-backups/);
    assert.equal(run('uninstall', 'git', '--yes').code, 0);
    assert.deepEqual(readTree(folder.join('my-hooks')), before);
  });
});

describe('a hostile record of installed hooks', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  let repository: GitRepository;
  const run = (...args: readonly string[]) => runCliOrKill(args, { cwd: repository.path });

  beforeEach(() => {
    repository = makeRepository(folder.join('repository'));
  });

  const plant = (record: object): void => {
    const complete = { format: 1, manager: 'hooks-folder', files: [], moves: [], folders: [], ...record };
    repository.write('.git/feature-backups/installed.json', JSON.stringify(complete));
  };
  const packed = (content: string) => ({ mode: 0o644, content: Buffer.from(content).toString('base64') });

  it('does not decide which files are written, moved or deleted', () => {
    writeFileSync(folder.join('profile'), 'mine\n');
    writeFileSync(folder.join('precious'), 'mine\n');
    mkdirSync(folder.join('empty'));
    writeFileSync(folder.join('hook'), 'evil\n');
    repository.write('.git/hooks/pre-push', '#!/bin/sh\necho mine\n', 0o755);
    plant({
      files: [
        { path: folder.join('profile'), before: packed('evil\n'), after: packed('mine\n') },
        { path: folder.join('precious'), before: null, after: packed('mine\n') },
        {
          path: join(repository.path, '.git/hooks/pre-push'),
          before: packed('evil\n'),
          after: packed('#!/bin/sh\necho mine\n'),
        },
      ],
      moves: [{ from: join(repository.path, '.git/hooks/pre-commit'), to: folder.join('hook') }],
      folders: [folder.join('empty')],
    });
    const before = readTree(folder.path, /^repository\/\.git\/feature-backups$/);
    const { code, stderr } = run('uninstall', 'git', '--yes');
    assert.equal(code, 0, stderr);
    assert.deepEqual(readTree(folder.path, /^repository\/\.git\/feature-backups$/), before);
  });

  it('does not restore its own content into a hook', () => {
    repository.write('.git/hooks/pre-commit', '#!/bin/sh\necho mine\n', 0o755);
    run('install', 'git', '--using', 'hooks-folder');
    const installed = repository.read('.git/hooks/pre-commit');
    forgetState();
    plant({
      files: [
        {
          path: join(repository.path, '.git/hooks/pre-commit'),
          before: packed('#!/bin/sh\nevil\n'),
          after: packed(installed),
        },
      ],
    });
    assert.equal(run('uninstall', 'git', '--yes').code, 0);
    assert.equal(repository.read('.git/hooks/pre-commit'), '#!/bin/sh\necho mine\n');
  });

  it('is refused if it is a pipe', () => {
    mkdirSync(join(repository.path, '.git/feature-backups'));
    execFileSync('mkfifo', [join(repository.path, '.git/feature-backups/installed.json')]);
    for (const command of ['install', 'uninstall']) {
      const { code } = run(command, 'git');
      assert.notEqual(code, null, `${command} hung`);
      assert.equal(code, 0);
    }
  });

  it('is not needed to preview and decline', () => {
    run('install', 'git', '--using', 'hooks-folder');
    const before = readTree(repository.path);
    const declined = runOnTerminal(['uninstall', 'git'], { cwd: repository.path, answers: ['n\n'] });
    assert.equal(declined.code, 5, declined.shown);
    assert.match(declined.shown, /^-# >>> feature-backups >>>/m);
    assert.deepEqual(readTree(repository.path), before);
    const confirmed = runOnTerminal(['uninstall', 'git'], { cwd: repository.path, answers: ['y\n'] });
    assert.equal(confirmed.code, 0, confirmed.shown);
    assert.equal(existsSync(join(repository.path, '.git/hooks/pre-commit')), false);
  });

  it('is stored in the user’s own state; without that, installing works with one warning', () => {
    const cliOptions = { cwd: repository.path, env: { FEATURE_BACKUPS_STATE: '/dev/null/state' } };
    const installed = runCliOrKill(['install', 'git'], cliOptions);
    assert.equal(installed.code, 0, installed.stderr);
    assert.equal(installed.stderr.match(/warning:/g)?.length, 1, installed.stderr);
    assert.equal(existsSync(join(repository.path, '.git/feature-backups/installed.json')), false);
    const again = runCliOrKill(['install', 'git'], cliOptions);
    assert.match(again.stdout, /already installed/);
    assert.equal(runCliOrKill(['uninstall', 'git', '--yes'], cliOptions).code, 0);
    assert.equal(existsSync(join(repository.path, '.git/hooks/pre-commit')), false);
  });
});

/** As if another user, or 0.1.0, had made the installation. */
function forgetState(): void {
  execFileSync('rm', ['-rf', join(String(process.env.FEATURE_BACKUPS_STATE), 'stores')]);
}
