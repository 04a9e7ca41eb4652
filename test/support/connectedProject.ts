import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { addFeatureDatabase } from './gitProject.js';
import { makeRepository, type GitRepository } from './gitRepository.js';
import { runCli, runCliJson, type CliRun } from './runCli.js';
import type { TemporaryFolder } from './temporaryFolder.js';
import { VaultHome } from './vaultHome.js';

export interface CheckView {
  readonly link: string;
  readonly subject: string;
  readonly state: 'ok' | 'problem' | 'information';
  readonly description: string;
  readonly advice: string;
  readonly node: { readonly version: string; readonly path: string } | null;
  readonly fixable: boolean;
}

/**
 * A project in a git repository, of a user with Claude Code, an MCP server and a target. The server and the user's own
 * hook leave a file if they are ever started.
 */
export class ConnectedProject {
  readonly home: VaultHome;
  #repository: GitRepository | undefined;

  constructor(private readonly folder: TemporaryFolder) {
    this.home = new VaultHome(folder);
  }

  make(more: { readonly server?: object } = {}): void {
    this.home.configure({ targets: [{ name: 'nas', folder: this.target }] });
    for (const path of [this.target, this.home.vault, this.folder.join('home/.claude')])
      mkdirSync(path, { recursive: true });
    this.#repository = makeRepository(this.home.path('shop'), this.home.environment);
    addFeatureDatabase(this.repository);
    // Otherwise git would share the hook, and it belongs in the personal settings.
    this.write('.gitignore', `${this.read('.gitignore')}.claude/\n`);
    this.repository.write('.git/hooks/pre-commit', `#!/bin/sh\necho ran >> "${this.started}"\n`, 0o755);
    this.write('server.sh', `#!/bin/sh\necho ran >> "${this.started}"\nexec cat\n`);
    chmodSync(join(this.root, 'server.sh'), 0o755);
    const server = more.server ?? { env: { PROJECT_DIR: this.root } };
    const features = { command: join(this.root, 'server.sh'), args: ['feature_mcp'], ...server };
    this.write('.mcp.json', JSON.stringify({ mcpServers: { features } }));
  }

  get repository(): GitRepository {
    assert.ok(this.#repository);
    return this.#repository;
  }

  get root(): string {
    return this.repository.path;
  }

  get target(): string {
    return this.folder.join('nas');
  }

  /** Exists once a program of the user was started. */
  get started(): string {
    return this.folder.join('started');
  }

  get hasStartedUsersPrograms(): boolean {
    return existsSync(this.started);
  }

  /** The settings of Claude Code for all projects of the user. */
  get userSettings(): string {
    return this.folder.join('home/.claude/settings.json');
  }

  /** The user's own configuration file of Feature Backups. */
  get userConfiguration(): string {
    return this.folder.join('home/.config/feature-backups/config.json');
  }

  /** Overwrites the middle of the database. */
  damageDatabase(): void {
    const path = this.path('features.db');
    const content = readFileSync(path);
    content.fill(0xff, 4096, 4096 * 6);
    writeFileSync(path, content);
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
  }

  path(name: string): string {
    return join(this.root, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  /** Replaces a text in a file, which must contain it. */
  replace(name: string, from: string | RegExp, to: string): void {
    const before = this.read(name);
    const after = before.replace(from, to);
    assert.notEqual(after, before, `${name} does not contain ${String(from)}:\n${before}`);
    this.write(name, after);
  }

  async cli(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliRun> {
    return await runCli(args, { cwd: this.root, env: { ...this.home.environment, ...GIT, ...env } });
  }

  /** Runs a command that must succeed. */
  async run(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.cli(args);
    assert.equal(code, 0, `${args.join(' ')}\n${stdout}${stderr}`);
    return stdout;
  }

  async json(...args: readonly string[]): Promise<Record<string, unknown>> {
    const env = { ...this.home.environment, ...GIT };
    return (await runCliJson(args, { cwd: this.root, env })).document;
  }

  async checks(env: Readonly<Record<string, string>> = {}): Promise<readonly CheckView[]> {
    const { stdout, stderr } = await this.cli(['doctor', '--json'], env);
    const { checks } = JSON.parse(stdout || stderr) as { readonly checks?: readonly CheckView[] };
    assert.ok(checks, stdout + stderr);
    return checks;
  }

  /** The problems that doctor finds, without those that are only information. */
  async problems(env: Readonly<Record<string, string>> = {}): Promise<readonly CheckView[]> {
    return (await this.checks(env)).filter(({ state }) => state === 'problem');
  }
}

/** The developer's own configuration of git must not count. */
const GIT = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
