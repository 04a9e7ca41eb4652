import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import {
  bestFirst,
  bringAll,
  bringCopy,
  bringFirst,
  selectCopy,
  openTarget,
  targetMeant,
  chooseStored,
  readStoredProjects,
  knownKey,
  type StoredProject,
  type Target,
} from '../core/replication/index.js';
import { asBackupError, BackupError, visible } from '../core/system/index.js';
import { readConfiguration, projectToBe, type Project } from '../core/project/index.js';
import type { Invocation } from './command.js';
import type { Console } from './console.js';
import { count } from './printing/words.js';
import { backupView } from './views.js';

/** The folder that is meant: exactly this one. What lies above it is another project, and none of this. */
function folderMeant({ project }: Invocation, console: Console): string {
  const fromEnvironment = console.ports.environment.PROJECT_DIR;
  const folder = resolve(console.cwd, project ?? (fromEnvironment === '' ? undefined : fromEnvironment) ?? '.');
  if (!folder.endsWith('.db') || existsSync(folder)) return folder;
  throw new BackupError(`${folder} is no folder`, {
    code: 'usage',
    operation: 'find the project',
    path: folder,
    hint: 'With --from, name the project’s folder; its database gets the place there that it had.',
  });
}

export async function openFrom(invocation: Invocation, from: string, console: Console): Promise<Target> {
  const { configuration } = await readConfiguration(folderMeant(invocation, console), console.ports);
  return openTarget(targetMeant(from, configuration.targets), tmpdir(), console.ports);
}

/** What was brought into the store, and is to be restored. */
export interface Brought {
  readonly project: Project;
  readonly id: string;
}

/**
 * Brings what is to be restored from a target into the project's store; the folder needs nothing in it, and need not even
 * exist. Undefined in a dry run, which only says what it would bring.
 */
export async function bringFrom(given: Invocation, from: string, console: Console): Promise<Brought | undefined> {
  const { ports } = console;
  const invocation = withFolder(given);
  const { options, selectors } = invocation;
  const folder = folderMeant(invocation, console);
  const target = await openFrom(invocation, from, console);
  const stored = await storedMeant(await readStoredProjects(target), options.text('of'), folder, target, console);
  const [selector] = selectors;
  const named = selector === undefined ? undefined : selectCopy(stored.folder, stored.content, selector);
  if (options.has('dry-run')) {
    showWhatComes(stored, named === undefined ? bestFirst(stored.content)[0]?.backup.id : named.backup.id, console);
    return undefined;
  }
  makeFolder(folder);
  const project = await projectToBe(folder, stored.database, ports);
  if (options.has('everything')) {
    const brought = await bringAll(project, stored.folder, stored.content, ports);
    console.print(`Fetched ${count(brought.length, 'backup')} of ${visible(stored.key)} into the store.\n`);
  }
  const backup =
    named === undefined
      ? await bringFirst(project, stored.folder, bestFirst(stored.content), ports)
      : await bringCopy(project, stored.folder, named, ports);
  console.print(`Fetched ${visible(backup.id)} from ${visible(stored.folder.place)}; it is what was copied there.\n`);
  makeFolder(dirname(project.databasePath));
  return { project, id: backup.id };
}

/** A folder that does not exist yet was taken for the name of a backup; but such a name is no path. */
function withFolder(invocation: Invocation): Invocation {
  const { project, selectors } = invocation;
  const [first = '', ...others] = selectors;
  return project === undefined && /[/\\]/.test(first)
    ? { ...invocation, project: first, selectors: others }
    : invocation;
}

async function storedMeant(
  projects: readonly StoredProject[],
  wanted: string | undefined,
  folder: string,
  target: Target,
  { ports }: Console,
): Promise<StoredProject> {
  const ownKey = knownKey(await projectToBe(folder, '', ports), ports);
  return chooseStored(projects, { wanted, ownKey, folderName: basename(folder) }, target);
}

function showWhatComes({ key, host, root, content }: StoredProject, id: string | undefined, console: Console): void {
  console.print(
    `${visible(key)}: ${count(content.copies.length, 'backup')} of ${visible(root)} on ${visible(host)}.\n`,
  );
  console.print(
    id === undefined ? 'None of them could be restored.\n' : `${visible(id)} would be fetched and restored.\n`,
  );
  const backup = content.copies.find((copy) => copy.backup.id === id)?.backup;
  console.printJson({ status: 'planned', key, host, root, backup: backup === undefined ? null : backupView(backup) });
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw asBackupError(error, 'make the project’s folder', path);
  }
}
