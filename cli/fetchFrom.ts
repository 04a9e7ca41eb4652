import { existsSync, mkdirSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import {
  bestFirst,
  fetchAll,
  fetchCopy,
  fetchFirst,
  selectCopy,
  openTarget,
  resolveTarget,
  selectStoredProject,
  readStoredProjects,
  readStoreKey,
  type StoredProject,
  type Target,
} from '../core/replication/index.js';
import { asBackupError, BackupError, countInWords, visible } from '../core/system/index.js';
import { readConfiguration, resolveFutureProject, type Project } from '../core/project/index.js';
import type { Invocation } from './command.js';
import type { Console } from './console.js';
import { backupView } from './views.js';

/** Exactly the named folder: unlike elsewhere, the folders above it are not searched for a project. */
function resolveFolder({ project }: Invocation, console: Console): string {
  const fromEnvironment = console.ports.environment.PROJECT_DIR;
  const folder = resolve(console.cwd, project ?? (fromEnvironment === '' ? undefined : fromEnvironment) ?? '.');
  if (!folder.endsWith('.db') || existsSync(folder)) return folder;
  throw new BackupError(`${folder} is not a folder`, {
    code: 'usage',
    operation: 'find the project',
    path: folder,
    hint: 'With --from, specify the project folder instead of its database file.',
  });
}

export async function openFrom(invocation: Invocation, from: string, console: Console): Promise<Target> {
  const { configuration } = await readConfiguration(resolveFolder(invocation, console), console.ports);
  return openTarget(resolveTarget(from, configuration.targets), undefined, console.ports);
}

/** A backup that was fetched into the store, to be restored. */
export interface Fetched {
  readonly project: Project;
  readonly id: string;
}

/**
 * Fetches a backup from a target into the project's store. The folder may be empty or missing. Undefined in a dry run,
 * which only prints what would be fetched.
 */
export async function fetchFrom(given: Invocation, from: string, console: Console): Promise<Fetched | undefined> {
  const { ports } = console;
  const invocation = withFolder(given);
  const { options, selectors } = invocation;
  const folder = resolveFolder(invocation, console);
  const target = await openFrom(invocation, from, console);
  const stored = await selectStored(await readStoredProjects(target), options.text('of'), folder, target, console);
  const [selector] = selectors;
  const named = selector === undefined ? undefined : selectCopy(stored.folder, stored.content, selector);
  if (options.has('dry-run')) {
    previewFetch(stored, named === undefined ? bestFirst(stored.content)[0]?.backup.id : named.backup.id, console);
    return undefined;
  }
  makeFolder(folder);
  const project = await resolveFutureProject(folder, stored.database, ports);
  if (options.has('everything')) {
    const fetched = await fetchAll(project, stored.folder, stored.content, ports);
    console.print(`Fetched ${countInWords(fetched.length, 'backup')} of ${visible(stored.key)} into the store.\n`);
  }
  const backup =
    named === undefined
      ? await fetchFirst(project, stored.folder, bestFirst(stored.content), ports)
      : await fetchCopy(project, stored.folder, named, ports);
  console.print(`Fetched ${visible(backup.id)} from ${visible(stored.folder.place)} and verified it.\n`);
  makeFolder(dirname(project.databasePath));
  return { project, id: backup.id };
}

/** A missing folder was parsed as the name of a backup, but such a name contains no slash. */
function withFolder(invocation: Invocation): Invocation {
  const { project, selectors } = invocation;
  const [first = '', ...others] = selectors;
  return project === undefined && /[/\\]/.test(first)
    ? { ...invocation, project: first, selectors: others }
    : invocation;
}

async function selectStored(
  projects: readonly StoredProject[],
  requested: string | undefined,
  folder: string,
  target: Target,
  { ports }: Console,
): Promise<StoredProject> {
  const ownKey = readStoreKey(await resolveFutureProject(folder, '', ports), ports);
  return selectStoredProject(projects, { requested, ownKey, folderName: basename(folder) }, target);
}

function previewFetch({ key, host, root, content }: StoredProject, id: string | undefined, console: Console): void {
  console.print(
    `${visible(key)}: ${countInWords(content.copies.length, 'backup')} of ${visible(root)} on ${visible(host)}.\n`,
  );
  console.print(
    id === undefined ? 'None of them can be restored.\n' : `${visible(id)} would be fetched and restored.\n`,
  );
  const backup = content.copies.find((copy) => copy.backup.id === id)?.backup;
  console.printJson({ status: 'planned', key, host, root, backup: backup === undefined ? null : backupView(backup) });
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw asBackupError(error, 'create the project folder', path);
  }
}
