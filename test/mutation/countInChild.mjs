// Loaded before each program that a test starts while the coverage is taken: notes which mutants it reached.
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env.MUTATION_COVERAGE_FOLDER;
if (folder !== undefined) {
  process.on('exit', () => {
    const coverage = globalThis.__stryker__?.mutantCoverage;
    if (coverage === undefined) return;
    try {
      writeFileSync(join(folder, `${randomUUID()}.json`), JSON.stringify(Object.keys(coverage.static)));
    } catch {
      // The run is over, and its folder gone.
    }
  });
}
