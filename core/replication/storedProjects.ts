import { BackupError } from '../system/index.js';
import { ReadingBudget } from '../store/index.js';
import { parseDescription, keysAmong, type ProjectDescription } from './projectDescription.js';
import { readTarget, type TargetContent } from './readTarget.js';
import type { Target, TargetFolder } from './target.js';

/** What a target holds of one project. */
export interface StoredProject extends ProjectDescription {
  readonly folder: TargetFolder;
  readonly content: TargetContent;
}

/** Everything that lies at a target, by project. Other people's folders there are left alone. */
export async function readStoredProjects(target: Target): Promise<readonly StoredProject[]> {
  const keys = keysAmong(await target.folders());
  const projects: StoredProject[] = [];
  const budget = new ReadingBudget(target.place, { timeMs: READING_MS });
  for (let start = 0; start < keys.length; start += AT_ONCE) {
    projects.push(
      ...(await Promise.all(keys.slice(start, start + AT_ONCE).map((key) => readStored(target, key, budget)))),
    );
  }
  return projects;
}

const AT_ONCE = 8;
/** A remote answers slowly, and may hold many projects. */
const READING_MS = 60 * 60_000;

async function readStored(target: Target, key: string, budget: ReadingBudget): Promise<StoredProject> {
  const folder = target.folder(key);
  const content = await readTarget(folder, undefined, budget);
  return { ...parseDescription(key, content.description), folder, content };
}

/** What tells which of a target's projects is meant. */
export interface ProjectSelection {
  /** Its key or its name, as a person gave it. */
  readonly wanted: string | undefined;
  /** The key of the store that is to be filled, where it has one. */
  readonly ownKey: string | undefined;
  /** The name of the folder that is to be filled. */
  readonly folderName: string;
}

/** Throws `backup-not-found` where there is none, `usage` where there are several and nothing tells. */
export function selectStoredProject(
  projects: readonly StoredProject[],
  { wanted, ownKey, folderName }: ProjectSelection,
  target: Target,
): StoredProject {
  const named = projects.filter(({ key, name }) => key === wanted || name === wanted);
  const byKey = projects.find(({ key }) => key === (wanted ?? ownKey));
  if (byKey !== undefined) return byKey;
  const sameName = projects.filter(({ name }) => name === folderName);
  const candidates = wanted !== undefined ? named : projects.length > 1 && sameName.length > 0 ? sameName : projects;
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return only;
  throw candidates.length === 0 ? nothingThere(projects, wanted, target) : several(candidates, target);
}

function nothingThere(projects: readonly StoredProject[], wanted: string | undefined, target: Target): BackupError {
  const what = wanted === undefined ? 'no backups' : `no backups of ${wanted}`;
  return new BackupError(`There are ${what} at ${target.place}`, {
    code: 'backup-not-found',
    operation: 'look for copies',
    hint:
      projects.length === 0
        ? 'Is that the right place? `feature-backups replicate` copies a project’s backups there.'
        : `It holds: ${namesOf(projects)}.`,
  });
}

function several(projects: readonly StoredProject[], target: Target): BackupError {
  return new BackupError(`There are several projects at ${target.place}: ${namesOf(projects)}`, {
    code: 'usage',
    operation: 'look for copies',
    hint: 'Say which one with --of, by its whole name.',
  });
}

const SHOWN = 20;

function namesOf(projects: readonly StoredProject[]): string {
  const shown = projects.slice(0, SHOWN).map(({ key, host, root }) => `${key} (${root} on ${host})`);
  return [...shown, ...(projects.length > SHOWN ? ['…'] : [])].join(', ');
}
