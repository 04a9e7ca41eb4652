import { newestFirst, type Backup } from '../../store/index.js';
import type { DrillChoice } from './drillOutcome.js';

export interface ChosenBackup {
  readonly backup: Backup;
  readonly choice: DrillChoice;
}

/**
 * The newest ordinary backup, the oldest, and a random one in between, each once. Over the weeks, the random choice
 * covers all of them.
 */
export function chooseBackups(backups: readonly Backup[], random: () => number): readonly ChosenBackup[] {
  const ordinary = backups.filter(({ kind }) => kind === 'ordinary').toSorted(newestFirst);
  const [newest, ...others] = ordinary;
  const oldest = others.pop();
  const between = pickRandom(others, random);
  return [
    ...(newest === undefined ? [] : [{ backup: newest, choice: 'newest' as const }]),
    ...(between === undefined ? [] : [{ backup: between, choice: 'random' as const }]),
    ...(oldest === undefined ? [] : [{ backup: oldest, choice: 'oldest' as const }]),
  ];
}

/** A random state of the history, if any, to test that it can be rebuilt. */
export function chooseHistoryState(states: readonly Backup[], random: () => number): readonly ChosenBackup[] {
  const state = pickRandom(states, random);
  return state === undefined ? [] : [{ backup: state, choice: 'history' }];
}

function pickRandom(backups: readonly Backup[], random: () => number): Backup | undefined {
  return backups[Math.min(Math.floor(random() * backups.length), backups.length - 1)];
}
