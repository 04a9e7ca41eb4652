import { BackupError } from '../system/index.js';
import { ReadingBudget } from '../store/index.js';
import { parseDescription, keysAmong, type ProjectDescription } from './projectDescription.js';
import { readTarget, type TargetContent } from './readTarget.js';
import type { Target, TargetFolder } from './target.js';

/** The copies of one project at a target. */
export interface StoredProject extends ProjectDescription {
  readonly folder: TargetFolder;
  readonly content: TargetContent;
}

/** All projects at a target. Other folders are ignored. */
export async function readStoredProjects(target: Target): Promise<readonly StoredProject[]> {
  const keys = keysAmong(await target.folders());
  const projects: StoredProject[] = [];
  const budget = new ReadingBudget(target.place, { timeMs: MAX_READING_MS });
  for (let start = 0; start < keys.length; start += CONCURRENCY) {
    projects.push(
      ...(await Promise.all(keys.slice(start, start + CONCURRENCY).map((key) => readStored(target, key, budget)))),
    );
  }
  return projects;
}

const CONCURRENCY = 8;
/** A remote can be slow and contain many projects. */
const MAX_READING_MS = 60 * 60_000;

async function readStored(target: Target, key: string, budget: ReadingBudget): Promise<StoredProject> {
  const folder = target.folder(key);
  const content = await readTarget(folder, undefined, budget);
  return { ...parseDescription(key, content.description), folder, content };
}

/** Selects one of a target's projects. */
export interface ProjectSelection {
  /** The key or name that the user entered. */
  readonly requested: string | undefined;
  /** The key of the local store, if it has one. */
  readonly ownKey: string | undefined;
  /** The name of the local project folder. */
  readonly folderName: string;
}

/** Throws `backup-not-found` if none matches, and `usage` if several do. */
export function selectStoredProject(
  projects: readonly StoredProject[],
  { requested, ownKey, folderName }: ProjectSelection,
  target: Target,
): StoredProject {
  const named = projects.filter(({ key, name }) => key === requested || name === requested);
  const byKey = projects.find(({ key }) => key === (requested ?? ownKey));
  if (byKey !== undefined) return byKey;
  const sameName = projects.filter(({ name }) => name === folderName);
  const candidates = requested !== undefined ? named : sameName.length > 0 ? sameName : projects;
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return only;
  throw candidates.length === 0 ? noProject(projects, requested, target) : ambiguousProject(candidates, target);
}

function noProject(projects: readonly StoredProject[], requested: string | undefined, target: Target): BackupError {
  const what = requested === undefined ? 'No backups' : `No backups of ${requested}`;
  return new BackupError(`${what} exist at ${target.place}`, {
    code: 'backup-not-found',
    operation: 'find the copies',
    hint:
      projects.length === 0
        ? 'Check the name of the target. feature-backups replicate syncs a project to its targets.'
        : `It contains: ${namesOf(projects)}.`,
  });
}

function ambiguousProject(projects: readonly StoredProject[], target: Target): BackupError {
  return new BackupError(`${target.place} contains several projects: ${namesOf(projects)}`, {
    code: 'usage',
    operation: 'find the copies',
    hint: 'Select one with --of and its full name.',
  });
}

const MAX_SHOWN = 20;

function namesOf(projects: readonly StoredProject[]): string {
  const shown = projects.slice(0, MAX_SHOWN).map(({ key, host, root }) => `${key} (${root} on ${host})`);
  return [...shown, ...(projects.length > MAX_SHOWN ? ['…'] : [])].join(', ');
}
