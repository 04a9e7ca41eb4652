import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Loaded by mocha before the tests: gives them, and the processes that they start, a state folder of their own. */
const folder = mkdtempSync(join(tmpdir(), 'feature-backups-state-'));
process.env.FEATURE_BACKUPS_STATE = folder;
process.on('exit', () => {
  rmSync(folder, { recursive: true, force: true });
});
