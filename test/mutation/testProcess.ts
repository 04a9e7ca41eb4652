// Loads test files once, then runs some of their tests with one mutant or none for each request. Started in
// the copy of the checkout, with the test files as arguments.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import Mocha from 'mocha';
import '../support/ownState.js';
import type { FailedTest, RunTests, TestCoverage, TestsRan } from './messages.js';

interface Namespace {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  mutantCoverage?: Coverage;
}

interface Coverage {
  static: Record<string, number>;
  perTest: Record<string, Record<string, number>>;
}

const namespace: Namespace = ((globalThis as { __stryker__?: Namespace }).__stryker__ ??= {});
const ownOptions = process.env.NODE_OPTIONS ?? '';

const mocha = new Mocha({ ui: 'bdd', timeout: 20_000, reporter: 'dot' });
mocha.cleanReferencesAfterRun(false);
for (const file of process.argv.slice(2)) mocha.addFile(join(process.cwd(), file));
await mocha.loadFilesAsync();
process.on('message', (request: RunTests) => void answer(request));
process.send?.('loaded');

async function answer({ mutant, titles, coverageFolder }: RunTests): Promise<void> {
  namespace.activeMutant = mutant;
  // Programs that a test starts read it from here.
  if (mutant === undefined) delete process.env.__STRYKER_ACTIVE_MUTANT__;
  else process.env.__STRYKER_ACTIVE_MUTANT__ = mutant;
  mocha.bail(coverageFolder === undefined);
  mocha.grep(titles === undefined ? /^/ : new OneOf(titles));
  process.send?.(await (coverageFolder === undefined ? runTests() : runWithCoverage(coverageFolder)));
}

async function runTests(): Promise<TestsRan> {
  const failures: FailedTest[] = [];
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => {
      resolve();
    });
    runner.on('fail', (test, error: unknown) => failures.push({ title: test.fullTitle(), message: messageOf(error) }));
  });
  return { failures };
}

/** Mutants reached in the hooks of a suite count for each of its tests. */
async function runWithCoverage(folder: string): Promise<TestsRan> {
  process.env.MUTATION_COVERAGE_FOLDER = folder;
  const counting = pathToFileURL(join(import.meta.dirname, 'countInChild.mjs')).href;
  process.env.NODE_OPTIONS = `${ownOptions} --import=${counting}`.trim();
  const failures: FailedTest[] = [];
  const coverage: Record<string, TestCoverage> = {};
  const reached = new Map<string, Set<string>>();
  const begun = new Map<string, { readonly test: Mocha.Test; readonly atMs: number }>();
  const finish = (): void => {
    const key = namespace.currentTestId;
    if (key === undefined) return;
    const ids = reached.get(key) ?? new Set();
    reached.set(key, ids);
    for (const id of Object.keys(namespace.mutantCoverage?.perTest[key] ?? {})) ids.add(id);
    for (const id of takeReachedIds(folder)) ids.add(id);
    const entry = begun.get(key);
    if (entry === undefined) return;
    const all = new Set(ids);
    for (let suite = entry.test.parent; suite !== undefined; suite = suite.parent) {
      for (const id of reached.get(suiteKey(suite)) ?? []) all.add(id);
    }
    const file = relative(process.cwd(), entry.test.file ?? '');
    coverage[key] = { file, durationMs: Math.ceil(performance.now() - entry.atMs), reached: [...all] };
    begun.delete(key);
  };
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => {
      resolve();
    });
    runner.on('suite', (suite) => {
      finish();
      namespace.currentTestId = suiteKey(suite);
    });
    runner.on('test', (test) => {
      finish();
      namespace.currentTestId = test.fullTitle();
      begun.set(test.fullTitle(), { test, atMs: performance.now() });
    });
    runner.on('fail', (test, error: unknown) => failures.push({ title: test.fullTitle(), message: messageOf(error) }));
  });
  finish();
  namespace.currentTestId = undefined;
  delete process.env.MUTATION_COVERAGE_FOLDER;
  process.env.NODE_OPTIONS = ownOptions;
  return { failures, coverage };
}

function suiteKey(suite: Mocha.Suite): string {
  return `suite: ${suite.fullTitle()}`;
}

function takeReachedIds(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    try {
      const ids = JSON.parse(readFileSync(path, 'utf8')) as readonly string[];
      rmSync(path);
      return ids;
    } catch {
      // Still being written; the next test takes it.
      return [];
    }
  });
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 200);
}

/** mocha selects tests only by a pattern. */
class OneOf extends RegExp {
  readonly #titles: ReadonlySet<string>;

  constructor(titles: readonly string[]) {
    super('');
    this.#titles = new Set(titles);
  }

  override test(title: string): boolean {
    return this.#titles.has(title);
  }
}
