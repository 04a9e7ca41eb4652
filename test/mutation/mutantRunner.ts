import { basename, dirname } from 'node:path';
import type { CoveringTest } from './coverage.js';
import type { Mutant } from './mutants.js';
import { Tester, type Outcome } from './tester.js';

export type Status = 'killed' | 'survived' | 'not reached';

export interface Verdict {
  readonly status: Status;
  /** The test that detected it, or how the tests ended. */
  readonly by?: string;
  /** The number of tests that ended, and of those that reach it. */
  readonly ran: number;
  readonly reachedBy: number;
}

/**
 * Tests one mutant after the other in a process that keeps the tests loaded. A kill counts only when the same test
 * passes right afterwards without the mutant; else the process is restarted and the mutant tested once more.
 */
export class MutantRunner {
  readonly #folder: string;
  readonly #tests: readonly CoveringTest[];
  readonly #budgetMs: number;
  readonly #tester: Tester;
  /** By mutated file: how many mutants each test has killed there. */
  readonly #kills = new Map<string, Map<string, number>>();
  readonly #unreliable = new Set<string>();
  #runs = 0;

  constructor(folder: string, tests: readonly CoveringTest[], budgetMs: number) {
    this.#folder = folder;
    this.#tests = tests;
    this.#budgetMs = budgetMs;
    this.#tester = new Tester(folder, [...new Set(tests.map(({ file }) => file))]);
  }

  async test(mutant: Mutant): Promise<Verdict> {
    const tests = this.#inOrder(
      mutant,
      this.#tests.filter(({ reached }) => reached.has(mutant.id)),
    );
    if (tests.length === 0) return { status: 'not reached', ran: 0, reachedBy: 0 };
    this.#runs += 1;
    if (this.#runs % RUNS_OF_A_PROCESS === 0) await this.#tester.stop();
    return await this.#runUntilKilled(mutant, tests, this.#tester);
  }

  /** A mutant of code that runs while a module loads, so the process must start with it. */
  async testAtLoad(mutant: Mutant, idsOfFile: ReadonlySet<string>): Promise<Verdict> {
    const inSameFile = this.#tests.filter(({ reached }) => [...reached].some((id) => idsOfFile.has(id)));
    const tests = this.#inOrder(mutant, inSameFile);
    if (tests.length === 0) return { status: 'not reached', ran: 0, reachedBy: 0 };
    const files = [...new Set(tests.map(({ file }) => file))].slice(0, MAX_FILES);
    const chosen = tests.filter(({ file }) => files.includes(file));
    const tester = new Tester(this.#folder, files, { __STRYKER_ACTIVE_MUTANT__: mutant.id });
    try {
      return await this.#runUntilKilled(mutant, chosen, tester);
    } finally {
      await tester.stop();
    }
  }

  async stop(): Promise<void> {
    await this.#tester.stop();
  }

  async #runUntilKilled(mutant: Mutant, tests: readonly CoveringTest[], tester: Tester): Promise<Verdict> {
    const reachedBy = tests.length;
    let ran = 0;
    let spentMs = 0;
    for (
      let part: readonly CoveringTest[] = tests.slice(0, FIRST_PART);
      part.length > 0;
      part = takePart(tests.slice(ran))
    ) {
      const expectedMs = sum(part);
      if (ran > 0 && spentMs + expectedMs > this.#budgetMs) break;
      const titles = part.map(({ title }) => title);
      const limitMs = MIN_LIMIT_MS + LIMIT_FACTOR * expectedMs;
      const outcome = await tester.run({ mutant: mutant.id, titles }, limitMs);
      const by = await this.#killer(outcome, mutant, titles, tester, limitMs);
      if (by !== undefined) {
        this.#recordKill(mutant.file, by);
        return { status: 'killed', by, ran: ran + 1, reachedBy };
      }
      ran += part.length;
      spentMs += expectedMs;
    }
    return { status: 'survived', ran, reachedBy };
  }

  /** The test that fails because of the mutant. */
  async #killer(
    outcome: Outcome,
    mutant: Mutant,
    titles: readonly string[],
    tester: Tester,
    limitMs: number,
  ): Promise<string | undefined> {
    if (outcome === 'too long' || outcome === 'crashed') {
      // On a busy machine, the tests may exceed the limit even without the mutant.
      const without = await tester.run({ mutant: undefined, titles }, limitMs);
      return outcome === 'crashed' || without !== 'too long' ? `(${outcome})` : undefined;
    }
    const title = titleOf(outcome);
    if (title === undefined) return undefined;
    if (tester !== this.#tester) return title;
    if (isPassed(await tester.run({ mutant: undefined, titles: [title] }, limitMs))) return title;
    // The process may be in a bad state, or the test may not run twice in one process, so both runs are repeated in a
    // new one.
    await tester.stop();
    const first = await tester.run({ mutant: mutant.id, titles: [title] }, limitMs);
    await tester.stop();
    if (isPassed(first)) return undefined;
    if (isPassed(await tester.run({ mutant: undefined, titles: [title] }, limitMs))) return title;
    this.#unreliable.add(title);
    return undefined;
  }

  #recordKill(file: string, by: string): void {
    const kills = this.#kills.get(file) ?? new Map<string, number>();
    this.#kills.set(file, kills.set(by, (kills.get(by) ?? 0) + 1));
  }

  /**
   * First the tests that have killed mutants of this file, then those named after it or its folder, specific ones and
   * fast ones.
   */
  #inOrder(mutant: Mutant, tests: readonly CoveringTest[]): readonly CoveringTest[] {
    const kills = this.#kills.get(mutant.file);
    const names = [basename(mutant.file, '.ts'), basename(dirname(mutant.file))].map((name) => name.toLowerCase());
    const rank = (test: CoveringTest): number => {
      const cost = test.reached.size * Math.sqrt(test.durationMs + 1);
      const matchingNames = names.filter((name) => test.file.toLowerCase().includes(name)).length;
      return cost / 10 ** matchingNames / (1 + 100 * (kills?.get(test.title) ?? 0));
    };
    return tests
      .filter(({ title }) => !this.#unreliable.has(title))
      .map((test) => ({ test, rank: rank(test) }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ test }) => test);
  }
}

const MAX_FILES = 12;
const FIRST_PART = 4;
const PART_MS = 1500;
const RUNS_OF_A_PROCESS = 300;
const MIN_LIMIT_MS = 8000;
const LIMIT_FACTOR = 5;

function takePart(tests: readonly CoveringTest[]): readonly CoveringTest[] {
  let spentMs = 0;
  const end = tests.findIndex(({ durationMs }) => (spentMs += durationMs) > PART_MS);
  return tests.slice(0, end === -1 ? tests.length : Math.max(1, end));
}

function sum(tests: readonly CoveringTest[]): number {
  return tests.reduce((total, { durationMs }) => total + durationMs, 0);
}

function isPassed(outcome: Outcome): boolean {
  return typeof outcome === 'object' && outcome.failures.length === 0;
}

function titleOf(outcome: Outcome): string | undefined {
  return typeof outcome === 'object' ? outcome.failures[0]?.title : undefined;
}
