import { BackupError } from '../system/index.js';
import { isOrdinary, type Backup, type Catalog } from './backup.js';
import { assertSafeName } from './backupName.js';

/**
 * Finds one backup by its full name (with or without `.db`, `.db.gz`), the unique beginning of its name, `latest`, or
 * `last-good`. Throws `backup-not-found`, `ambiguous-backup` with the candidates, or `unsafe-name`.
 */
export function selectBackup(catalog: Catalog, selector: string): Backup {
  assertSafeName(selector);
  if (selector === 'latest') return catalog.newest ?? notFound(catalog, selector, 'No backup exists yet');
  if (selector === 'last-good') {
    return lastGood(catalog.backups) ?? notFound(catalog, selector, 'No backup has been verified yet');
  }
  const id = selector.replace(/\.db(\.gz)?$/, '');
  const exact = catalog.backups.find((backup) => backup.id === id);
  if (exact !== undefined) return exact;
  const candidates = catalog.backups.filter((backup) => backup.id.startsWith(selector));
  const [only] = candidates;
  if (only === undefined) return notFound(catalog, selector, `No backup has the name ${selector}`);
  if (candidates.length > 1) throw ambiguous(catalog, selector, candidates);
  return only;
}

/** The newest verified ordinary backup. */
export function lastGood(backups: readonly Backup[]): Backup | undefined {
  return backups.find((backup) => isOrdinary(backup) && backup.metadata?.verified?.ok === true);
}

function notFound(catalog: Catalog, selector: string, message: string): never {
  const hint =
    selector === 'last-good' && catalog.newest !== undefined
      ? 'Verify the backups first: feature-backups verify.'
      : 'Run feature-backups list to see all backups.';
  throw new BackupError(message, {
    code: 'backup-not-found',
    operation: 'find the backup',
    path: catalog.storePath,
    hint,
  });
}

const SHOWN_CANDIDATES = 10;

function ambiguous(catalog: Catalog, selector: string, candidates: readonly Backup[]): BackupError {
  const shown = candidates.slice(0, SHOWN_CANDIDATES).map((backup) => `  ${backup.id}`);
  const more = candidates.length - shown.length;
  const lines = more > 0 ? [...shown, `  and ${more.toString()} more`] : shown;
  return new BackupError(`${candidates.length.toString()} backups begin with ${selector}:\n${lines.join('\n')}`, {
    code: 'ambiguous-backup',
    operation: 'find the backup',
    path: catalog.storePath,
    hint: 'Enter more of the name.',
  });
}
