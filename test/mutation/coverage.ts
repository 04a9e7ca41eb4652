import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MUTATION_FOLDER, type Checkout } from './checkout.js';
import type { TestCoverage } from './messages.js';
import { Tester } from './tester.js';

/** One test that passes without a mutant. */
export interface CoveringTest {
  readonly title: string;
  readonly file: string;
  readonly durationMs: number;
  readonly reached: ReadonlySet<string>;
}

type Stored = Record<string, { readonly hash: string; readonly tests: Readonly<Record<string, TestCoverage>> }>;

/** Runs each test once without a mutant to record which mutants it reaches. Unchanged files are not run again. */
export async function collectCoverage(checkout: Checkout, processes: number): Promise<readonly CoveringTest[]> {
  const path = join(MUTATION_FOLDER, `coverage-${hashOf(checkout.sources)}.json`);
  const stored = await readStored(path);
  const outdated: { readonly file: string; readonly hash: string }[] = [];
  for (const file of checkout.testFiles) {
    const hash = hashOf(await readFile(join(checkout.folder, file), 'utf8'));
    if (stored[file]?.hash !== hash) outdated.push({ file, hash });
  }
  const count = outdated.length;
  let done = 0;
  const next = async (): Promise<void> => {
    for (let job = outdated.shift(); job !== undefined; job = outdated.shift()) {
      stored[job.file] = { hash: job.hash, tests: await coverFile(checkout.folder, job.file) };
      done += 1;
      console.log(`Coverage: ${done} of ${count} test files (${job.file})`);
      await mkdir(MUTATION_FOLDER, { recursive: true });
      await writeFile(path, JSON.stringify(stored));
    }
  };
  await Promise.all(Array.from({ length: processes }, next));
  return checkout.testFiles.flatMap((file) =>
    Object.entries(stored[file]?.tests ?? {}).map(([title, test]) => ({
      title,
      file,
      durationMs: test.durationMs,
      reached: new Set(test.reached),
    })),
  );
}

/** A test that already fails without a mutant cannot detect one. */
async function coverFile(folder: string, file: string): Promise<Record<string, TestCoverage>> {
  const coverageFolder = await mkdtemp(join(tmpdir(), 'mutation-coverage-'));
  const tester = new Tester(folder, [file]);
  try {
    const outcome = await tester.run({ mutant: undefined, titles: undefined, coverageFolder }, FILE_LIMIT_MS);
    if (outcome === 'too long' || outcome === 'crashed') {
      console.log(`${file} is left out: ${outcome}`);
      return {};
    }
    const failed = new Set(outcome.failures.map(({ title }) => title));
    if (failed.size > 0) console.log(`${file}: left out, as they fail in the copy: ${[...failed].join('; ')}`);
    return Object.fromEntries(Object.entries(outcome.coverage ?? {}).filter(([title]) => !failed.has(title)));
  } finally {
    await tester.stop();
    await rm(coverageFolder, { recursive: true, force: true });
  }
}

const FILE_LIMIT_MS = 600_000;

async function readStored(path: string): Promise<Stored> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Stored;
  } catch {
    return {};
  }
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12);
}
