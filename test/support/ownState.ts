import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Loaded by mocha before the tests: sets a separate state folder and vault for them and their processes. */
const folder = mkdtempSync(join(tmpdir(), 'feature-backups-state-'));
process.env.FEATURE_BACKUPS_STATE = folder;
process.env.FEATURE_BACKUPS_VAULT = join(folder, 'vault');
// The first backup would otherwise create the vault and print a notice, in whichever test runs first.
mkdirSync(process.env.FEATURE_BACKUPS_VAULT);
process.on('exit', () => {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  } catch {
    // A follow-up is still writing there.
  }
});
