import { join } from 'node:path';
import { BackupError, gitOutput, kindAt, type Ports } from '../system/index.js';

/** A caller may be waiting. A larger repository is identified without its commits. */
const LIMIT_MS = 2000;
/** Merging unrelated repositories results in several first commits. */
const MAX_COMMITS = 20;

/**
 * The commits without parents in the history of HEAD, which are the same in every clone. Empty if the folder is not the
 * root of a work tree, or if they are unknown. Starts git, so it is called in the background, or if nothing else
 * identifies the project.
 */
export function readFirstCommits(root: string, ports: Ports): readonly string[] {
  const place = join(root, '.git');
  // A shallow clone lacks the first commits.
  if (kindAt(place, ports) === 'nothing' || kindAt(join(place, 'shallow'), ports) !== 'nothing') return [];
  try {
    const output = gitOutput(root, ['rev-list', '--max-parents=0', 'HEAD'], ports, LIMIT_MS);
    return (output?.split('\n') ?? []).filter((line) => /^[0-9a-f]{40,64}$/.test(line)).slice(0, MAX_COMMITS);
  } catch (error) {
    if (error instanceof BackupError) return [];
    throw error;
  }
}
