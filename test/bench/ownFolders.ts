import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Imported first: separate folders for state, vault and configuration, so that the developer's own are neither read nor
// written. The vault is off, except in its own bench: its follow-ups would compress images while others are measured.
const folder = mkdtempSync(join(tmpdir(), 'feature-backups-bench-home-'));
const configuration = join(folder, '.config', 'feature-backups', 'config.json');
mkdirSync(join(configuration, '..'), { recursive: true });
writeFileSync(configuration, JSON.stringify({ vault: false }));
process.env.HOME = folder;
process.env.FEATURE_BACKUPS_STATE = join(folder, 'state');
process.env.FEATURE_BACKUPS_VAULT = join(folder, 'vault');
delete process.env.XDG_CONFIG_HOME;
process.on('exit', () => {
  rmSync(folder, { recursive: true, force: true });
});
