import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ConnectedProject } from '../../support/connectedProject.js';
import { canRunAsOtherUser, giveToOtherUser, runCliAsOtherUser } from '../../support/otherUser.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

interface Break {
  readonly what: string;
  readonly link: string;
  readonly breakIt: (project: ConnectedProject) => void;
  readonly description: RegExp;
  /** Must contain the command that `mend` runs, or what it does by hand. */
  readonly advice: RegExp;
  readonly mend: (project: ConnectedProject) => unknown;
  /** The same problem is one of `status`. False for what is only noticed when it is tried. */
  readonly isInStatus?: boolean;
  readonly server?: object;
}

const SETTINGS = '.claude/settings.json';
const connectClaude = async (project: ConnectedProject) => await project.run('connect', 'claude');
const connectMcp = async (project: ConnectedProject) => await project.run('connect', 'mcp');
const installGit = async (project: ConnectedProject) => await project.run('install', 'git');

const GIT_BREAKS: readonly Break[] = [
  {
    what: 'the lines of the hook are deleted',
    link: 'git',
    breakIt: (project) => project.write('.git/hooks/pre-commit', '#!/bin/sh\nexit 0\n'),
    description: /^Git does not run the pre-commit hook .*pre-commit does not run the installed lines\.$/,
    advice: /^Run feature-backups install git\.$/,
    mend: installGit,
  },
  {
    what: 'a hook is deleted',
    link: 'git',
    breakIt: (project) => unlinkSync(project.path('.git/hooks/post-commit')),
    description: /^Git does not run the post-commit hook .*post-commit does not exist\.$/,
    advice: /^Run feature-backups install git\.$/,
    mend: installGit,
  },
  {
    what: 'a hook is not executable',
    link: 'git',
    breakIt: (project) => chmodSync(project.path('.git/hooks/pre-commit'), 0o644),
    description: /pre-commit is not executable\.$/,
    advice: /^Run feature-backups install git\.$/,
    mend: installGit,
  },
  {
    what: 'core.hooksPath is changed',
    link: 'git',
    breakIt: (project) => project.repository.git('config', 'core.hooksPath', '.other-hooks'),
    description: /\.other-hooks\/pre-commit does not exist\.$/,
    advice: /^Run feature-backups install git\.$/,
    mend: installGit,
  },
  {
    what: 'the program that the hooks start is gone',
    link: 'git',
    breakIt: (project) =>
      project.replace('.git/feature-backups/settings', /program='.*'/, "program='/gone/git-hook.cjs'"),
    description: /^The git hooks start \/gone\/git-hook\.cjs, which does not exist\.$/,
    advice: /^Run feature-backups install git\.$/,
    mend: installGit,
  },
  {
    what: 'the folder of the hooks’ program is deleted',
    link: 'git',
    breakIt: (project) => rmSync(project.path('.git/feature-backups'), { recursive: true }),
    description: /^The git hooks start .*feature-backups\/gitHook\.sh, which does not exist\.$/,
    advice: /^Run feature-backups install git\.$/,
    mend: installGit,
  },
  {
    what: 'the program that the hooks start is another one',
    link: 'git',
    breakIt: (project) => {
      project.write('.git/other.cjs', 'process.exit(3)');
      project.replace('.git/feature-backups/settings', /program='.*'/, `program='${project.path('.git/other.cjs')}'`);
    },
    description: /^The git hook made no backup: .*node exited with status 3; the commit continues without a backup\.$/,
    advice: /^Run feature-backups install git\.$/,
    mend: installGit,
    isInStatus: false,
  },
];

const AGENT_BREAKS: readonly Break[] = [
  {
    what: 'the program of the agent’s hook is gone',
    link: 'hook',
    breakIt: (project) => project.replace(SETTINGS, /[^"\\]*\/feature-backups\.cjs/, '/gone/feature-backups.cjs'),
    description: /^The hook in \.claude\/settings\.json starts \/gone\/feature-backups\.cjs, which does not exist\.$/,
    advice: /^Run feature-backups connect claude\.$/,
    mend: connectClaude,
  },
  {
    what: 'the command of the agent’s hook starts another program, which is not tried',
    link: 'hook',
    breakIt: (project) => project.replace(SETTINGS, 'hook claude', `hook claude; echo ran >> ${project.started}`),
    description: /^The command in \.claude\/settings\.json also starts other programs, so it was not tried\.$/,
    advice: /^Run feature-backups connect claude to write it again\.$/,
    mend: connectClaude,
    isInStatus: false,
  },
  {
    what: 'the agent’s hook names another project',
    link: 'hook',
    breakIt: (project) => project.replace(SETTINGS, 'hook claude', 'hook claude --project /somewhere/else'),
    description: /^The hook in \.claude\/settings\.json names another project, \/somewhere\/else\.$/,
    advice: /^Run feature-backups connect claude\.$/,
    mend: connectClaude,
  },
  {
    what: 'all hooks are disabled in the personal settings',
    link: 'hook',
    breakIt: (project) => project.write('.claude/settings.local.json', '{ "disableAllHooks": true } // mine'),
    description: /^Claude Code does not run the hook, because "disableAllHooks" is true in .*settings\.local\.json\.$/,
    advice: /^Remove this setting\.$/,
    mend: (project) => project.write('.claude/settings.local.json', '{}'),
  },
  {
    what: 'all hooks are disabled in the user’s settings',
    link: 'hook',
    breakIt: (project) => writeFileSync(project.userSettings, '{ "disableAllHooks": true }'),
    description:
      /^Claude Code does not run the hook, because "disableAllHooks" is true in .*home\/\.claude\/settings\.json\.$/,
    advice: /^Remove this setting\.$/,
    mend: (project) => unlinkSync(project.userSettings),
  },
  {
    what: 'the agent’s hook is deleted by hand',
    link: 'hook',
    breakIt: (project) => project.write(SETTINGS, '{}'),
    description: /^The hook of Claude Code is no longer in \.claude\/settings\.json\.$/,
    advice: /^Run feature-backups connect claude to add it again, or feature-backups disconnect claude /,
    mend: connectClaude,
  },
  {
    what: 'the agent’s hook is deleted by hand on purpose',
    link: 'hook',
    breakIt: (project) => rmSync(project.path('.claude'), { recursive: true }),
    description: /^The hook of Claude Code is no longer in \.claude\/settings\.json\.$/,
    advice: /or feature-backups disconnect claude if you removed it on purpose\.$/,
    mend: async (project) => await project.run('disconnect', 'claude'),
  },
  {
    what: 'the program of the tap is gone',
    link: 'tap',
    breakIt: (project) => project.replace('.mcp.json', /[^"]*\/feature-backups\.cjs/, '/gone/feature-backups.cjs'),
    description:
      /^The tap of the server "features" in \.mcp\.json starts \/gone\/feature-backups\.cjs, which does not exist\.$/,
    advice: /^Run feature-backups connect mcp\.$/,
    mend: connectMcp,
  },
  {
    what: 'the tap gets an unknown option',
    link: 'tap',
    breakIt: (project) => project.replace('.mcp.json', '"tap",', '"tap", "--loudly",'),
    description:
      /^The tap of "features" in \.mcp\.json ended without a backup with status 2: .*unknown option --loudly/,
    advice: /^Run feature-backups connect mcp\.$/,
    mend: async (project) => {
      await project.run('disconnect', 'mcp', '--yes');
      await connectMcp(project);
    },
    isInStatus: false,
  },
  {
    what: 'the tap names another project',
    link: 'tap',
    server: {},
    breakIt: (project) => project.replace('.mcp.json', `"${project.root}",`, `"${dirname(project.root)}/other",`),
    description: /^The tap of the server "features" in \.mcp\.json names another project, .*\/other\.$/,
    advice: /^Run feature-backups connect mcp\.$/,
    mend: connectMcp,
  },
  {
    what: 'the server works in another folder',
    link: 'tap',
    breakIt: (project) => {
      mkdirSync(join(dirname(project.root), 'empty'));
      project.replace(
        '.mcp.json',
        `"PROJECT_DIR": "${project.root}"`,
        `"PROJECT_DIR": "${dirname(project.root)}/empty"`,
      );
    },
    description: /^The tap of "features" in \.mcp\.json finds no project to back up\.$/,
    advice: /^Set PROJECT_DIR of the server "features" in \.mcp\.json to .*\/shop\.$/,
    mend: (project) => project.replace('.mcp.json', /"PROJECT_DIR": ".*"/, `"PROJECT_DIR": "${project.root}"`),
    isInStatus: false,
  },
  {
    what: 'the tap is taken out by hand',
    link: 'tap',
    breakIt: (project) => project.write('.mcp.json', '{ "mcpServers": { "features": { "command": "feature_mcp" } } }'),
    description: /^The tap is no longer in \.mcp\.json\.$/,
    advice: /^Run feature-backups connect mcp to add it again, or feature-backups disconnect mcp /,
    mend: connectMcp,
  },
];

const STORAGE_BREAKS: readonly Break[] = [
  {
    what: 'the target is gone',
    link: 'target',
    breakIt: (project) => renameSync(project.target, `${project.target}-unmounted`),
    description: /^The target folder .*nas is missing\.$/,
    advice: /^Mount the disk or share, or create the folder\.$/,
    mend: (project) => renameSync(`${project.target}-unmounted`, project.target),
    isInStatus: false,
  },
  {
    what: 'the vault is not a folder',
    link: 'vault',
    breakIt: (project) => {
      rmSync(project.home.vault, { recursive: true });
      writeFileSync(project.home.vault, '');
    },
    description: /vault is not a folder\.$/,
    advice: /^Move it away/,
    mend: (project) => unlinkSync(project.home.vault),
    isInStatus: false,
  },
  {
    what: 'the database is damaged',
    link: 'database',
    breakIt: (project) => project.damageDatabase(),
    description: /^The live database is damaged \(/,
    advice: /^Run feature-backups restore last-good --dry-run to preview/,
    mend: async (project) => await project.run('restore', 'last-good', '--yes'),
  },
  {
    what: 'the database is missing',
    link: 'database',
    breakIt: (project) => {
      for (const name of readdirSync(project.root).filter((each) => each.startsWith('features.db')))
        unlinkSync(project.path(name));
    },
    description: /^The live database .*features\.db is missing\.$/,
    advice: /^Run feature-backups restore last-good --dry-run to preview/,
    mend: async (project) => await project.run('restore', 'last-good', '--yes'),
  },
  {
    what: 'the database and the store are missing',
    link: 'database',
    breakIt: (project) => {
      for (const name of readdirSync(project.root).filter((each) => each.startsWith('features.db')))
        unlinkSync(project.path(name));
      rmSync(project.path('.feature_backups'), { recursive: true });
    },
    description: /^The database of .*shop and all its backups are missing; the last recorded backup is from /,
    advice: /^The vault contains 1 backup.* Run feature-backups restore .*shop last-good to restore it\./,
    mend: async (project) => {
      await project.run('restore', project.root, 'last-good', '--yes');
      await project.run('backup');
    },
    isInStatus: false,
  },
  {
    what: 'the store is a file',
    link: 'store',
    breakIt: (project) => {
      rmSync(project.path('.feature_backups'), { recursive: true });
      project.write('.feature_backups', '');
    },
    description: /^The store .*\.feature_backups is a file, not a folder\.$/,
    advice: /^Move it away; the next backup creates the folder\.$/,
    mend: async (project) => {
      unlinkSync(project.path('.feature_backups'));
      await project.run('backup');
    },
    isInStatus: false,
  },
  {
    what: 'the configuration of the project is not JSON',
    link: 'configuration',
    breakIt: (project) => project.write('.feature-backups.json', '{ "strict": '),
    description: /\.feature-backups\.json:1: not valid JSON/,
    advice: /^Correct the file; its keys are described in docs\/configuration\.md\.$/,
    mend: (project) => project.write('.feature-backups.json', '{ "strict": true }'),
    isInStatus: false,
  },
  {
    what: 'the configuration of the project has an invalid value',
    link: 'configuration',
    breakIt: (project) => project.write('.feature-backups.json', '{ "store": 7 }'),
    description: /\.feature-backups\.json:1: store must be .*not 7\.$/,
    advice: /^Correct the file; its keys are described in docs\/configuration\.md\.$/,
    mend: (project) => unlinkSync(project.path('.feature-backups.json')),
    isInStatus: false,
  },
  {
    what: 'the configuration of the project is a folder',
    link: 'configuration',
    breakIt: (project) => mkdirSync(project.path('.feature-backups.json')),
    description: /\.feature-backups\.json is not a configuration file\.$/,
    advice: /^It must be a regular file/,
    mend: (project) => rmSync(project.path('.feature-backups.json'), { recursive: true }),
    isInStatus: false,
  },
  {
    what: 'the user’s configuration is not JSON',
    link: 'configuration',
    breakIt: (project) => writeFileSync(project.userConfiguration, '{'),
    description: /feature-backups\/config\.json:1: not valid JSON/,
    advice: /^Correct the file; its keys are described in docs\/configuration\.md\.$/,
    mend: (project) => writeFileSync(project.userConfiguration, '{}'),
    isInStatus: false,
  },
];

/** For a project that can be opened. */
const OTHER_LINKS = ['database', 'store', 'vault', 'state', 'git', 'hook', 'tap'];

/** Permissions do not apply to root. */
describe('doctor, if the store cannot be written', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();

  it('finds and names it, and does not repeat it as a failed backup', function () {
    if (!canRunAsOtherUser()) this.skip();
    makeFeatureDatabase(folder.join('features.db'), { features: 20, passing: 1, journalMode: 'delete' });
    chmodSync(folder.path, 0o755);
    giveToOtherUser(folder.path);
    const doctor = () => runCliAsOtherUser(['doctor', '--project', folder.path]);
    runCliAsOtherUser(['backup', '--project', folder.path]);
    assert.match(doctor().stdout, /^ok\tstore\t.*\.feature_backups can be written\.$/m);
    chmodSync(folder.join('.feature_backups'), 0o555);
    const { code, stdout } = doctor();
    assert.equal(code, 1);
    assert.match(stdout, /^problem\tstore\tCould not .*EACCES.*\. Check the owner and permissions/m);
    assert.equal(stdout.match(/^problem/gm)?.length, 1, stdout);
    chmodSync(folder.join('.feature_backups'), 0o755);
    assert.equal(doctor().code, 0);
  });
});

for (const [title, breaks] of [
  ['the git hooks', GIT_BREAKS],
  ['the agents', AGENT_BREAKS],
  ['the storage', STORAGE_BREAKS],
] as const) {
  describe(`doctor, when a link of ${title} breaks`, function () {
    this.timeout(120_000);
    const project = new ConnectedProject(useTemporaryFolder());

    for (const { what, link, breakIt, description, advice, mend, isInStatus = true, server } of breaks) {
      it(`finds and names it, and its advice repairs it: ${what}`, async () => {
        project.make(server === undefined ? {} : { server });
        await project.run('setup', '--yes');
        assert.deepEqual(await project.problems(), []);
        breakIt(project);
        const found = await project.problems();
        assert.deepEqual(
          found.map((check) => check.link),
          [link],
          JSON.stringify(found, null, 2),
        );
        assert.match(found[0]?.description ?? '', description);
        assert.match(found[0]?.advice ?? '', advice);
        const working = (await project.checks()).filter(({ state }) => state === 'ok').map((check) => check.link);
        const others = OTHER_LINKS.filter((each) => each !== link);
        assert.deepEqual(
          others.filter((each) => !working.includes(each)),
          [],
        );
        const { stderr } = await project.cli(['status']);
        assert.equal(stderr.includes(found[0]?.description ?? ''), isInStatus, stderr);
        await mend(project);
        assert.deepEqual(await project.problems(), []);
        assert.equal(project.hasStartedUsersPrograms, false);
      });
    }
  });
}
