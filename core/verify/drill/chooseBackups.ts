import { newestFirst, type Backup } from '../../store/index.js';
import type { DrillChoice } from './drillOutcome.js';

export interface ChosenBackup {
  readonly backup: Backup;
  readonly choice: DrillChoice;
}

/**
 * The newest ordinary backup, the oldest, and one of those between, each once; fewer where there are fewer. By chance,
 * for over the weeks that comes by all of them.
 */
export function chooseBackups(backups: readonly Backup[], random: () => number): readonly ChosenBackup[] {
  const ordinary = backups.filter(({ kind }) => kind === 'ordinary').toSorted(newestFirst);
  const [newest, ...others] = ordinary;
  const oldest = others.pop();
  const between = oneOf(others, random);
  return [
    ...(newest === undefined ? [] : [{ backup: newest, choice: 'newest' as const }]),
    ...(between === undefined ? [] : [{ backup: between, choice: 'random' as const }]),
    ...(oldest === undefined ? [] : [{ backup: oldest, choice: 'oldest' as const }]),
  ];
}

/** One of the states in the history, where there are any: they have to be rebuilt first, which wants proof as well. */
export function chooseState(states: readonly Backup[], random: () => number): readonly ChosenBackup[] {
  const state = oneOf(states, random);
  return state === undefined ? [] : [{ backup: state, choice: 'history' }];
}

function oneOf(backups: readonly Backup[], random: () => number): Backup | undefined {
  return backups[Math.min(Math.floor(random() * backups.length), backups.length - 1)];
}
