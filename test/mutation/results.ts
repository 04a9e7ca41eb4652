import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MUTATION_FOLDER, type Checkout } from './checkout.js';
import type { Verdict } from './mutantRunner.js';
import type { Mutant } from './mutants.js';

interface Line {
  readonly key: string;
  readonly tests: string;
  readonly verdict: Verdict;
}

const PATH = join(MUTATION_FOLDER, 'results.jsonl');

/**
 * The results of earlier runs, which let a stopped run continue. A kill counts while the mutated file does not change;
 * any other result only while the tests do not change either.
 */
export class Results {
  readonly #tests: string;
  readonly #verdicts = new Map<string, Verdict>();
  readonly #survivedOnce = new Set<string>();

  private constructor(tests: string) {
    this.#tests = tests;
  }

  static async read(checkout: Checkout): Promise<Results> {
    const results = new Results(await hashOfTests(checkout));
    const text = await readFile(PATH, 'utf8').catch(() => '');
    for (const line of text.split('\n').filter((part) => part !== '')) {
      const { key, tests, verdict } = JSON.parse(line) as Line;
      if (verdict.status === 'killed') results.#survivedOnce.delete(key);
      else results.#survivedOnce.add(key);
      if (verdict.status === 'killed' || tests === results.#tests) results.#verdicts.set(key, verdict);
      else results.#verdicts.delete(key);
    }
    return results;
  }

  get(mutant: Mutant): Verdict | undefined {
    return this.#verdicts.get(mutant.key);
  }

  /** Whether it survived its last run, possibly with an earlier version of the tests. */
  hasSurvived(mutant: Mutant): boolean {
    return this.#survivedOnce.has(mutant.key);
  }

  async add(mutant: Mutant, verdict: Verdict): Promise<void> {
    this.#verdicts.set(mutant.key, verdict);
    const line: Line = { key: mutant.key, tests: this.#tests, verdict };
    await mkdir(MUTATION_FOLDER, { recursive: true });
    await appendFile(PATH, `${JSON.stringify(line)}\n`);
  }
}

async function hashOfTests({ folder, testFiles }: Checkout): Promise<string> {
  const hash = createHash('sha256');
  for (const file of testFiles) hash.update(await readFile(join(folder, file)));
  return hash.digest('hex').slice(0, 12);
}
