import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { doctor, openProject } from '../../../core/engine.js';
import { ConnectedProject } from '../../support/connectedProject.js';
import { readTree } from '../../support/gitRepository.js';
import { addFeatureDatabase } from '../../support/gitProject.js';
import { makeRepository } from '../../support/gitRepository.js';
import { CHECK, hookedRepositories } from '../../support/hookedRepositories.js';
import { runCli } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const SCHEMA = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../media/doctor.schema.json'), 'utf8'),
) as Readonly<Record<string, unknown>>;

describe('doctor', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const project = new ConnectedProject(folder);

  it('proves every link, with the Node.js that each would use, and exits with 0', async () => {
    project.make();
    await project.run('setup', '--yes');
    const checks = await project.checks();
    assert.deepEqual(
      checks.map(({ link, state }) => `${link} ${state}`),
      ['database', 'backups', 'store', 'vault', 'target', 'state', 'git', 'hook', 'tap'].map((link) => `${link} ok`),
    );
    for (const { link, node } of checks) {
      const startsProgram = ['git', 'hook', 'tap'].includes(link);
      assert.deepEqual(node?.version ?? null, startsProgram ? process.version : null, link);
    }
    const { code, stdout } = await project.cli(['doctor']);
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^ok\tgit hooks\tA commit in .*shop backs up the project with Node\.js \d+\.\d+\.\d+ \(\/.*\)\.$/m,
    );
  });

  it('changes nothing, and starts no program of the user', async () => {
    project.make();
    await project.run('setup', '--yes');
    await project.run('replicate');
    await project.run('doctor');
    const before = {
      project: readTree(project.root),
      vault: readTree(project.home.vault),
      nas: readTree(project.target),
    };
    await project.run('doctor');
    const after = {
      project: readTree(project.root),
      vault: readTree(project.home.vault),
      nas: readTree(project.target),
    };
    assert.deepEqual(after, before);
    assert.equal(project.hasStartedUsersPrograms, false);
  });

  it('recommends setup where nothing is connected, which is no problem', async () => {
    project.make();
    await project.run('backup');
    const { code, stdout } = await project.cli(['doctor']);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^information\tsetup\tNo agent, git hook or watcher .*\. Run feature-backups setup\.$/m);
    const { stderr } = await project.cli(['status']);
    assert.match(stderr, /^information: No agent, git hook or watcher makes backups of this project\./m);
  });

  it('finds that the git hooks are switched off in its environment', async () => {
    project.make();
    await project.run('setup', '--yes');
    const [found, ...more] = await project.problems({ FEATURE_BACKUPS: '0' });
    assert.deepEqual(more, []);
    assert.match(found?.description ?? '', /^The git hooks do nothing, because FEATURE_BACKUPS=0 is set/);
    assert.equal(found?.advice, 'Remove the variable FEATURE_BACKUPS.');
  });

  it('reports the Node.js that hooks and tap use in place of a missing one', async () => {
    project.make();
    await project.run('setup', '--yes');
    project.replace('.git/feature-backups/settings', /node='.*'/, "node='/gone/bin/node'");
    project.replace('.claude/settings.json', /(launch\.sh\\" \\")[^"\\]*/, '$1/gone/bin/node');
    project.replace('.mcp.json', /(launch\.sh",\s*")[^"]*/, '$1/gone/bin/node');
    for (const { link, state, node } of await project.checks()) {
      assert.equal(state, 'ok', link);
      assert.notEqual(node?.path, '/gone/bin/node');
    }
  });

  it('reports settings that came with a clone as information', async () => {
    project.make();
    await project.run('backup');
    project.write(
      '.claude/settings.json',
      '{"hooks":{"PreToolUse":[{"hooks":[{"type":"command","command":"\\"/gone/node\\" \\"/gone/feature-backups.cjs\\" hook claude"}]}]}}',
    );
    const hook = (await project.checks()).find(({ link }) => link === 'hook');
    assert.equal(hook?.state, 'information');
    assert.match(hook.description, /starts \/gone\/node, which does not exist/);
  });

  it('starts no other program that settings from a clone name', async () => {
    project.make();
    await project.run('backup');
    const hook = { type: 'command', command: `echo ran >> ${project.started}; feature-backups hook claude` };
    project.write('.claude/settings.json', JSON.stringify({ hooks: { PreToolUse: [{ hooks: [hook] }] } }));
    const args = ['/opt/feature-backups.cjs', 'tap', '--', 'feature_mcp'];
    const features = { command: project.path('server.sh'), args };
    project.write('.mcp.json', JSON.stringify({ mcpServers: { features } }));
    const checks = (await project.checks()).filter(({ link }) => link === 'hook' || link === 'tap');
    assert.deepEqual(
      checks.map(({ link, state }) => `${link} ${state}`),
      ['hook information', 'tap information'],
    );
    assert.equal(project.hasStartedUsersPrograms, false);
  });

  it('repairs with --fix what it installed, after a preview and a confirmation', async () => {
    project.make();
    await project.run('setup', '--yes');
    const whole = [
      project.read('.claude/settings.json'),
      project.read('.mcp.json'),
      project.read('.git/hooks/pre-commit'),
    ];
    project.write('.git/hooks/pre-commit', project.read('.git/hooks/pre-commit').replace(/# >>>[^]*# <<<.*\n/, ''));
    project.replace('.claude/settings.json', 'hook claude', 'hook claude --project /somewhere/else');
    project.replace('.mcp.json', /[^"]*\/feature-backups\.cjs/, '/gone/feature-backups.cjs');
    const unconfirmed = await project.cli(['doctor', '--fix']);
    assert.equal(unconfirmed.code, 5);
    assert.match(unconfirmed.stdout, /^problem\tagent hook/m);
    assert.match(unconfirmed.stdout, /^-.*--project \/somewhere\/else/m);
    assert.equal((await project.problems()).length, 3);
    const { code, stdout } = await project.cli(['doctor', '--fix', '--yes']);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^ok\tagent hook/m);
    assert.deepEqual(
      [project.read('.claude/settings.json'), project.read('.mcp.json'), project.read('.git/hooks/pre-commit')],
      whole,
    );
  });

  it('leaves with --fix what only the user can repair', async () => {
    project.make();
    await project.run('setup', '--yes');
    project.write('.claude/settings.local.json', '{ "disableAllHooks": true }');
    const { code, stdout } = await project.cli(['doctor', '--fix', '--yes']);
    assert.equal(code, 1);
    assert.match(stdout, /^problem\tagent hook\t.*disableAllHooks/m);
    assert.equal(project.read('.claude/settings.local.json'), '{ "disableAllHooks": true }');
  });

  it('prints a document as its published schema describes', async () => {
    project.make();
    const validate = new Ajv({ allErrors: true }).compile(SCHEMA);
    const valid = (document: unknown): void => assert.ok(validate(document), JSON.stringify(validate.errors, null, 2));
    valid(await project.json('doctor'));
    await project.run('setup', '--yes');
    valid(await project.json('doctor'));
    project.write('.git/hooks/pre-commit', '');
    valid(await project.json('doctor', '--fix', '--yes'));
    valid(await project.json('doctor', '--project', folder.join('nowhere')));
  });

  it('is a function of the library', async () => {
    project.make();
    const ports = project.home.ports();
    const report = await doctor(await openProject(project.root, { ports }), { ports });
    assert.equal(report.isOk, false);
    assert.deepEqual(
      report.checks.filter(({ state }) => state === 'problem').map(({ link }) => link),
      ['backups'],
    );
  });
});

describe('doctor and hook managers', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();

  for (const kind of hookedRepositories(() => folder.path)) {
    it(`reaches the installed lines without running the others: ${kind.title}`, async function () {
      const reason = kind.missing?.();
      if (reason !== undefined) {
        console.log(`      skipped: ${reason}`);
        this.skip();
      }
      const environment = kind.environment?.() ?? {};
      const repository = makeRepository(folder.join('a répo with spaces'), environment);
      addFeatureDatabase(repository);
      repository.write('check.sh', CHECK);
      kind.setUp(repository);
      const cli = async (...args: readonly string[]) => await runCli(args, { cwd: repository.path, env: environment });
      assert.equal((await cli('install', 'git')).code, 0);
      const { stdout } = await cli('doctor');
      assert.match(stdout, /^ok\tgit hooks\tA commit in .*a répo with spaces backs up the project/m, stdout);
      assert.equal(repository.tryGit(['status']).status, 0);
      assert.throws(() => repository.read('.git/checks'), /ENOENT/);
    });
  }

  const configurations: Readonly<Record<string, string>> = {
    husky: '.husky/pre-commit',
    lefthook: 'lefthook-local.yml',
    'lefthook with local commands already': 'lefthook-local.yml',
    'lefthook, with local commands in TOML': '.lefthook-local.toml',
    'lefthook, with local commands in JSON': '.config/lefthook-local.json',
    'simple-git-hooks': 'package.json',
  };
  for (const [title, file] of Object.entries(configurations)) {
    it(`finds an edited and a removed command in the configuration of ${title}`, async function () {
      const kind = hookedRepositories(() => folder.path).find((each) => each.title === title);
      const reason = kind?.missing?.();
      if (reason !== undefined) {
        console.log(`      skipped: ${reason}`);
        this.skip();
      }
      const environment = kind?.environment?.() ?? {};
      const repository = makeRepository(folder.join('repo'), environment);
      addFeatureDatabase(repository);
      repository.write('check.sh', CHECK);
      kind?.setUp(repository);
      const cli = async (...args: readonly string[]) => await runCli(args, { cwd: repository.path, env: environment });
      await cli('backup');
      await cli('install', 'git');
      const installed = repository.read(file);
      const isScript = file.startsWith('.husky');
      const isJson = file.endsWith('.json');
      const edits: readonly string[] = [
        // The settings of the user do not count.
        isJson ? installed.replace(/\{/, '{ "mine": "x",') : `${installed}\n# mine\n`,
        installed.replace('gitHook.sh; [ -f', 'gitHook.sh; true; [ -f').replace('pre-commit "$@"', 'post-merge "$@"'),
        isScript
          ? installed.replace(/# >>> [^]*# <<<.*\n/, '# feature-backups/gitHook.sh\n')
          : isJson
            ? installed
                .replace(/"post-merge":(?:\s*"(?:[^"\\]|\\.)*"|[^]*?\}\s*\}\s*\}),?/, '')
                .replace(/,(\s*\})/, '$1')
            : installed.replace(/[ \t]*# >>> (?:[^\n]*\n)*?[ \t]*# <<<[^\n]*\n/, ''),
      ];
      for (const [index, text] of edits.entries()) {
        assert.notEqual(text, installed, `edit ${String(index)}\n${installed}`);
        repository.write(file, text);
        const { code, stdout } = await cli('doctor');
        if (index === 0) {
          assert.equal(code, 0, stdout);
          continue;
        }
        assert.equal(code, 1, `${text}\n${stdout}`);
        assert.match(
          stdout,
          /^problem\tgit hooks\tThe commands of Feature Backups in .* were edited or removed\. Run/m,
        );
        assert.match(stdout, /Run feature-backups install git\.$/m);
        assert.equal((await cli('install', 'git')).code, 0);
        assert.match((await cli('doctor')).stdout, /^ok\tgit hooks/m);
        repository.write(file, installed);
      }
    });
  }

  it('finds that husky is not set up in this work tree', async () => {
    const kind = hookedRepositories(() => folder.path).find(({ title }) => title === 'husky');
    const repository = makeRepository(folder.join('repo'));
    addFeatureDatabase(repository);
    kind?.setUp(repository);
    const cli = async (...args: readonly string[]) => await runCli(args, { cwd: repository.path });
    await cli('install', 'git');
    repository.git('config', '--unset', 'core.hooksPath');
    const { stdout } = await cli('doctor');
    assert.match(stdout, /^problem\tgit hooks\tGit does not run the pre-commit hook .*`npx husky` in this work tree/m);
    kind?.setUp(repository);
    repository.git('config', 'core.hooksPath', '.husky/_');
    await cli('install', 'git');
    assert.match((await cli('doctor')).stdout, /^ok\tgit hooks/m);
  });

  it('works in a linked work tree, and for a project in a folder of the repository', async () => {
    const repository = makeRepository(folder.join('repo'));
    addFeatureDatabase(repository, 'apps/shop');
    repository.commit('README', 'x');
    await runCli(['install', 'git'], { cwd: repository.path });
    const shop = join(repository.path, 'apps/shop');
    assert.match((await runCli(['doctor'], { cwd: shop })).stdout, /^ok\tgit hooks/m);
    repository.git('worktree', 'add', '--quiet', folder.join('linked'));
    mkdirSync(folder.join('linked/apps/shop'), { recursive: true });
    addFeatureDatabase({ ...repository, path: folder.join('linked') }, 'apps/shop');
    chmodSync(folder.join('linked'), 0o755);
    assert.match((await runCli(['doctor'], { cwd: folder.join('linked/apps/shop') })).stdout, /^ok\tgit hooks/m);
  });
});
