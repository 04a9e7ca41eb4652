import { readWords, valuesOf } from './commandWords.js';
import { matchesText, quoteGlob, textOf, UNKNOWN, type Glob } from './namePattern.js';
import type { ShellState } from './shellWalk.js';
import { relationOf, type GuardedPaths, type StoreDamage } from './guardedPaths.js';

/** `rsync --delete` deletes files in the target that the source lacks. */
export function damageByRsync(
  words: readonly Glob[],
  state: ShellState,
  guarded: GuardedPaths,
): StoreDamage | undefined {
  const read = readWords(words, { valued: 'efBTM', valuedLong: ['exclude', 'include', 'filter', 'rsh'] });
  const { options, operands } = read;
  if (![...options].some((option) => /^del(?:ete.*)?$/.test(option))) return undefined;
  if (options.has('n') || options.has('dry-run')) return undefined;
  // The rules of these options cannot be predicted.
  if (
    ['f', 'F', 'filter', 'include', 'exclude-from', 'include-from', 'files-from'].some((option) => options.has(option))
  ) {
    return undefined;
  }
  const excluded = options.has('delete-excluded') ? [] : valuesOf(read, 'exclude');
  const store = guarded.store.at(-1) ?? '';
  if (excluded.some((pattern) => isExcluding(pattern, store))) return undefined;
  const target = operands.at(-1) ?? '';
  const sources = operands.slice(0, -1);
  const isReached = sources.some((source) => relationOf(targetOf(source, target), state, guarded) !== undefined);
  return isReached ? { effect: 'delete', advice: `Exclude them: --exclude ${store}` } : undefined;
}

/** A source without a trailing slash becomes a folder in the target. */
function targetOf(source: Glob, target: Glob): Glob {
  const text = textOf(source);
  const name = /([^/:]+)$/.exec(text)?.[1];
  return name === undefined || name === '.' || name === '..' ? target : `${target}/${quoteGlob(name)}`;
}

function isExcluding(pattern: Glob, store: string): boolean {
  const name = textOf(pattern)
    .replace(/\/\**$/, '')
    .replace(/^.*\//s, '');
  return pattern.includes(UNKNOWN) || matchesText(name, store);
}
