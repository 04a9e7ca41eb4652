import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { backUp, cleanUp, listBackups, pin, restore, type Trigger } from '../../../core/engine.js';
import { write } from '../../extension/support/writer.js';
import { copyFixture } from '../fixtureProject.js';
import { makeRepository, type GitRepository } from '../gitRepository.js';

/** A project as AutoForge leaves it: 598 features, 200 of them passing, the last 29 only in the write-ahead log. */
export function makeProject(folder: string): string {
  mkdirSync(folder, { recursive: true });
  copyFixture('2-after-200-passing', join(folder, '.autoforge'));
  return folder;
}

/**
 * The same after four days of work: features marked one by one over MCP, commits, edits without MCP, a pinned backup,
 * and a restore with its emergency backup. Every step is a real write, backed up by the real engine at a time in the
 * past.
 */
export async function makeRichProject(folder: string, now = new Date()): Promise<string> {
  makeProject(folder);
  const repository = makeRepository(folder);
  repository.commit('.gitignore', '.autoforge/\n.feature_backups/\n', 'Keep the backlog out of git');
  nameFeatures(folder);
  for (const step of STEPS) await take(step, { folder, repository, now });
  return folder;
}

/** The same, with all but the newest backups archived. */
export async function makeLongLivedProject(folder: string, now = new Date()): Promise<string> {
  await makeRichProject(folder, now);
  const retention = { keepLast: 4, keepHourly: 0, keepDaily: 0, keepWeekly: 0 };
  writeFileSync(join(folder, '.feature-backups.json'), JSON.stringify({ retention }));
  await cleanUp(folder);
  return folder;
}

/** Unwanted changes: features deleted, passing ones reset, one renamed. */
export const LOSS = `
  DELETE FROM features WHERE id IN (3, 4, 5);
  UPDATE features SET passes = 0 WHERE id = 2 OR id BETWEEN 21 AND 48;
  UPDATE features SET name = 'Checkout' WHERE id = 12`;

interface StepContext {
  readonly folder: string;
  readonly repository: GitRepository;
  readonly now: Date;
}

interface Step {
  /** How long ago, in days and the hour of that day; today in minutes. */
  readonly at: { readonly daysAgo: number; readonly hour: number } | { readonly minutesAgo: number };
  /** Features that now pass. */
  readonly passing?: readonly number[];
  readonly sql?: string;
  readonly trigger?: Omit<Trigger, 'git'>;
  readonly commit?: string;
  readonly isPinned?: boolean;
  /** Restores the backup before the newest one. */
  readonly isRestore?: boolean;
}

async function take(step: Step, { folder, repository, now }: StepContext): Promise<void> {
  const at = timeOf(step.at, now);
  const ports = { now: () => at };
  if (step.passing !== undefined) mark(folder, step.passing);
  if (step.sql !== undefined) write(folder, step.sql);
  if (step.commit !== undefined) repository.commit('notes.md', `${step.commit}\n`, step.commit);
  if (step.isRestore === true) {
    const { backups } = await listBackups(folder);
    await restore(folder, backups.filter(({ kind }) => kind === 'ordinary')[1]?.id ?? 'latest', { ports });
    return;
  }
  const git = { branch: 'main', head: repository.head() };
  const trigger = step.trigger ?? marked(step.passing ?? []);
  const outcome = await backUp(folder, { ...trigger, git }, { ports });
  if (outcome.status !== 'created') throw new Error(`a step of the history was ${outcome.status}`);
  if (step.isPinned === true) await pin(folder, outcome.backup.id, { ports });
}

function timeOf(at: Step['at'], now: Date): Date {
  if ('minutesAgo' in at) return new Date(now.getTime() - at.minutesAgo * 60_000);
  const hour = Math.floor(at.hour);
  const minute = Math.round((at.hour - hour) * 60);
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - at.daysAgo, hour, minute, 7);
}

/** The tap backs up before the next write, so the backup contains the state after the last one. */
function marked(ids: readonly number[]): Omit<Trigger, 'git'> {
  const next = Math.max(...ids) + 1;
  return { source: 'mcp', reason: 'before_mark_passing', tool: 'feature_mark_passing', detail: `feature ${next}` };
}

function mark(folder: string, ids: readonly number[]): void {
  write(folder, `UPDATE features SET passes = 1, in_progress = 0 WHERE id IN (${ids.join(', ')})`);
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

const byHand = (reason: string): Omit<Trigger, 'git'> => ({ source: 'editor', reason });
const commit: Omit<Trigger, 'git'> = { source: 'git', reason: 'before_commit' };
const watched: Omit<Trigger, 'git'> = { source: 'watch', reason: 'after_change' };

const STEPS: readonly Step[] = [
  { at: { daysAgo: 4, hour: 9.2 }, trigger: byHand('before the first sprint'), isPinned: true },
  { at: { daysAgo: 4, hour: 11.6 }, passing: range(201, 214) },
  { at: { daysAgo: 4, hour: 16.9 }, passing: range(215, 231), trigger: commit, commit: 'Let customers sign in' },
  { at: { daysAgo: 3, hour: 10.1 }, passing: range(232, 240) },
  {
    at: { daysAgo: 3, hour: 15.4 },
    passing: range(241, 262),
    trigger: commit,
    commit: 'Show the basket on every page',
  },
  { at: { daysAgo: 2, hour: 9.7 }, passing: range(263, 268) },
  { at: { daysAgo: 2, hour: 14.3 }, passing: range(269, 290) },
  { at: { daysAgo: 2, hour: 17.8 }, sql: 'UPDATE features SET priority = 1 WHERE id = 300', trigger: watched },
  { at: { daysAgo: 1, hour: 10.4 }, passing: range(291, 303), trigger: commit, commit: 'Take payments by card' },
  { at: { daysAgo: 1, hour: 13.5 }, passing: range(304, 311) },
  { at: { daysAgo: 1, hour: 15.2 }, sql: 'UPDATE features SET passes = 0 WHERE id > 250', trigger: watched },
  { at: { daysAgo: 1, hour: 15.3 }, isRestore: true },
  { at: { daysAgo: 1, hour: 17.1 }, passing: range(312, 325) },
  { at: { minutesAgo: 96 }, passing: range(326, 331), trigger: byHand('before the big refactoring'), isPinned: true },
  { at: { minutesAgo: 41 }, passing: range(332, 338), trigger: commit, commit: 'Send a receipt' },
  { at: { minutesAgo: 12 }, passing: [339] },
  { at: { minutesAgo: 9 }, passing: [340] },
  { at: { minutesAgo: 4 }, sql: 'UPDATE features SET priority = 2 WHERE id = 401', trigger: watched },
];

/** Gives meaningful names and texts to the features that are visible in the pictures. */
function nameFeatures(folder: string): void {
  const statements = Object.entries(NAMED).map(([id, [category, name, description, steps]]) => {
    const values = [category, name, description, JSON.stringify(steps)].map(
      (text) => `'${text.replaceAll("'", "''")}'`,
    );
    return `UPDATE features SET (category, name, description, steps) = (${values.join(', ')}) WHERE id = ${id}`;
  });
  write(folder, statements.join(';\n'));
}

type NamedFeature = readonly [category: string, name: string, description: string, steps: readonly string[]];

const NAMED: Readonly<Record<number, NamedFeature>> = {
  1: [
    'Authentication',
    'Sign up with an email address',
    'A visitor gives an address and a password and gets a letter with a link.',
    ['Open /sign-up', 'Fill in the form', 'Follow the link in the letter'],
  ],
  2: [
    'Authentication',
    'Sign in',
    'A customer signs in and comes back to the page they came from.',
    ['Open a product', 'Sign in', 'See the product again'],
  ],
  3: [
    'Authentication',
    'Reset a forgotten password',
    'A letter with a link that works once, for an hour.',
    ['Ask for the letter', 'Follow the link', 'Choose a new password'],
  ],
  4: [
    'Catalogue',
    'List products by category',
    'Twenty-four to a page, the newest first.',
    ['Open a category', 'See its products'],
  ],
  5: [
    'Catalogue',
    'Search products',
    'By name and description; typing errors are forgiven.',
    ['Type “lamb”', 'See lamps'],
  ],
  6: [
    'Basket',
    'Put a product into the basket',
    'The number beside the basket goes up.',
    ['Open a product', 'Press “Add”'],
  ],
  12: [
    'Checkout',
    'Pay by card',
    'The card is charged once, whatever the network does.',
    ['Fill the basket', 'Pay', 'See the receipt'],
  ],
};
