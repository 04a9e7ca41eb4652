import type { Backup } from './types.js';

/**
 * How the content of a backup's image, by its hash, differs from what was saved; undefined where it is that, and where no
 * metadata say what was.
 */
export function contentProblem({ metadata }: Pick<Backup, 'metadata'>, sha256: string): string | undefined {
  if (metadata?.sha256 === undefined || metadata.sha256 === sha256) return undefined;
  return `its content has changed since it was made: SHA-256 ${sha256} instead of ${metadata.sha256}`;
}
