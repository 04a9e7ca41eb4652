import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLI_PATH } from './runCli.js';

const FIXTURE = fileURLToPath(new URL('../fixtures/version-0.1.0', import.meta.url));

/** The backups in the store of version 0.1.0, newest first, including emergency backups. */
export const BACKUPS_OF_010 = [
  'features_emergency_20261128-003604',
  'features_12_20261128-003604_after_restore',
  'features_emergency_20261128-003603',
  'features_12_20261128-003602_step11',
  'features_12_20261128-003600_step10',
  'features_12_20261128-003559_step9',
  'features_12_20261128-003558_step8',
  'features_12_20261128-003547_first',
] as const;

export const PINNED_BY_010 = 'features_12_20261128-003547_first';

/** Its folder at the target `nas`. */
export const KEY_OF_010 = 'shop-c05c085c';

export interface ProjectOf010 {
  readonly project: string;
  readonly store: string;
  readonly target: string;
  /** HOME and XDG_CONFIG_HOME of the user, whose configuration names the target. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Creates, in an empty folder, a project as version 0.1.0 left it on this machine. */
export function projectOf010(folder: string): ProjectOf010 {
  const project = join(folder, 'shop');
  const store = join(project, '.feature_backups');
  const target = join(folder, 'nas');
  const home = join(folder, 'home');
  cpSync(join(FIXTURE, 'project'), project, { recursive: true });
  cpSync(join(FIXTURE, 'store'), store, { recursive: true });
  renameSync(join(store, 'gitignore'), join(store, '.gitignore'));
  cpSync(join(FIXTURE, 'target'), target, { recursive: true });
  execFileSync('git', ['init', '--quiet', project]);
  cpSync(join(FIXTURE, 'git'), join(project, '.git'), { recursive: true });
  const gitFolder = join(project, '.git/feature-backups');
  const names = ['stores', 'settings', 'installed.json'].map((name) => join(gitFolder, name));
  const settings = join(project, '.claude/settings.json');
  const fill = fillIn(project);
  const oldCache = join(store, '.replication/nas/project.json');
  for (const path of [...names, settings, join(store, '.store-id'), join(target, KEY_OF_010, 'project.json'), oldCache])
    fill(path);
  fill(join(store, 'connections.json'), { settingsSha256: sha256Of(settings) });
  const identity = readFileSync(join(store, '.store-id'), 'utf8');
  const { ino } = statSync(join(store, '.store-id'));
  writeFileSync(join(store, '.store-id'), identity.replace('"inode": 0', `"inode": ${ino.toString()}`));
  const configuration = join(home, '.config/feature-backups/config.json');
  mkdirSync(dirname(configuration), { recursive: true });
  writeFileSync(configuration, JSON.stringify({ targets: [{ name: 'nas', folder: target }] }));
  return { project, store, target, environment: { HOME: home, XDG_CONFIG_HOME: join(home, '.config') } };
}

function fillIn(project: string): (path: string, more?: Readonly<Record<string, string>>) => void {
  const values = { project, dist: dirname(CLI_PATH), node: process.execPath, host: hostname() };
  return (path, more = {}) => {
    const filled = Object.entries({ ...values, ...more }).reduce(
      (text, [name, value]) => text.replaceAll(`{{${name}}}`, value),
      readFileSync(path, 'utf8'),
    );
    writeFileSync(path, filled);
  };
}

function sha256Of(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
