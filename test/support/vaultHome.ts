import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { backUp } from '../../core/engine.js';
import type { TriggerSource } from '../../core/store/index.js';
import { realPorts, systemOf, withStoreLock, type Ports } from '../../core/system/index.js';
import { sqlite3 } from './fixtureProject.js';
import { makeFeatureDatabase } from './pythonSqlite.js';
import { runCli, runCliJson, type CliRun } from './runCli.js';
import type { TemporaryFolder } from './temporaryFolder.js';

/** A user with a home, a state folder and a vault of their own. */
export class VaultHome {
  #vault: string | undefined;

  constructor(private readonly folder: TemporaryFolder) {}

  /** TMPDIR: the projects of the tests would otherwise count as temporary. */
  get environment(): Readonly<Record<string, string>> {
    return {
      HOME: this.folder.join('home'),
      FEATURE_BACKUPS_STATE: this.folder.join('state'),
      FEATURE_BACKUPS_VAULT: this.vault,
      TMPDIR: this.folder.join('temporary'),
    };
  }

  get vault(): string {
    return this.#vault ?? this.folder.join('vault');
  }

  /** Another path for the vault; undefined for the default one. */
  useVault(path: string | undefined): void {
    this.#vault = path;
  }

  ports(more: Partial<Ports> = {}): Ports {
    const real = realPorts();
    return { ...real, environment: { ...real.environment, ...this.environment }, ...more };
  }

  /** Without the minute between two rounds of the follow-up. */
  portsWithoutPauses(more: Partial<Ports> = {}): Ports {
    const own = this.ports(more);
    return { ...own, system: { ...systemOf(own), pause: async () => await Promise.resolve() } };
  }

  path(name: string): string {
    return this.folder.join('projects', name);
  }

  /** A project with one passing feature of 20. */
  make(name: string): string {
    makeFeatureDatabase(join(this.path(name), 'features.db'), { features: 20, passing: 1, journalMode: 'delete' });
    return this.path(name);
  }

  /** Writes the user's own configuration file. */
  configure(configuration: object): void {
    const path = this.folder.join('home', '.config', 'feature-backups', 'config.json');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(configuration));
  }

  async cli(...args: readonly string[]): Promise<CliRun> {
    return await runCli(args, { env: this.environment, cwd: this.folder.path });
  }

  async json(...args: readonly string[]): Promise<Record<string, unknown>> {
    return (await runCliJson(args, { env: this.environment, cwd: this.folder.path })).document;
  }

  /** The ids of all listed backups, newest first. */
  async listed(project: string): Promise<readonly string[]> {
    const { backups } = await this.json('list', '--project', project);
    return (backups as readonly { readonly id: string }[]).map(({ id }) => id);
  }

  /** While it runs, no backup starts a follow-up, and every backup stays a link. */
  async withoutFollowUps<T>(work: () => Promise<T>): Promise<T> {
    mkdirSync(this.vault, { recursive: true });
    return await withStoreLock(this.vault, this.ports(), work);
  }

  /** The follow-up of the vault, without the minute between two rounds. */
  async followUp(): Promise<CliRun> {
    const lastRound = join(this.vault, 'last-sync');
    if (existsSync(lastRound)) utimesSync(lastRound, 0, 0);
    return await this.cli('follow-up', '--vault');
  }

  /** The names in a project's only folder in the vault, without folders. */
  names(key = this.onlyKey()): readonly string[] {
    const folder = join(this.vault, key);
    return readdirSync(folder)
      .filter((name) => statSync(join(folder, name)).isFile())
      .sort();
  }

  /** The names of the folders of the projects. */
  keys(): readonly string[] {
    if (!existsSync(this.vault)) return [];
    return readdirSync(this.vault)
      .filter((name) => statSync(join(this.vault, name)).isDirectory())
      .sort();
  }

  onlyKey(): string {
    const [key, ...others] = this.keys();
    if (key === undefined || others.length > 0) throw new Error(`Not one folder: ${this.keys().join(', ')}`);
    return key;
  }
}

/** Backs up a changed database, and returns the id of the backup. */
export async function backUpChanged(project: string, ports: Ports, source: TriggerSource = 'cli'): Promise<string> {
  const outcome = await backUp(project, { source, reason: 'manual' }, { ports });
  assert.ok(outcome.status === 'created', JSON.stringify(outcome));
  return outcome.backup.id;
}

/** Makes one more feature pass. */
export function passOneMore(project: string): void {
  sqlite3(
    join(project, 'features.db'),
    'UPDATE features SET passes = 1 WHERE id = (SELECT min(id) FROM features WHERE passes = 0)',
  );
}

export function featuresOf(project: string): string {
  return sqlite3(join(project, 'features.db'), 'SELECT * FROM features ORDER BY id');
}
