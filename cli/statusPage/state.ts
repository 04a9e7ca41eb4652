import { STATE_LABELS, type StateWord } from '../printing/statusTable.js';
import type { Level } from './label.js';

/** The order of the groups. */
export const STATES: readonly StateWord[] = ['critical', 'unknown', 'warning', 'gone', 'ok', 'no database'];

export function levelOf(state: StateWord): Level {
  if (state === 'gone') return 'warning';
  return state === 'no database' ? 'none' : state;
}

/** "Critical", "No database". */
export function stateTitle(state: StateWord): string {
  if (state === 'ok') return 'OK';
  return capitalized(STATE_LABELS[state]);
}

export function capitalized(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}
