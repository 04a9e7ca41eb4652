import type { KnownHealth } from '../../core/engine.js';
import { STATE_LABELS, stateWordOf, type StateWord } from '../printing/statusTable.js';
import type { Level } from './label.js';

/** `unknown`: no problem was found, but some could not be checked. */
export type PageState = StateWord | 'unknown';

/** The order of the groups. */
export const STATES: readonly PageState[] = ['critical', 'unknown', 'warning', 'gone', 'ok', 'no database'];

export function pageStateOf(health: KnownHealth): PageState {
  const state = stateWordOf(health);
  const isUnchecked = health.summary !== undefined && (health.undetermined ?? []).length > 0;
  return state === 'ok' && isUnchecked ? 'unknown' : state;
}

export function levelOf(state: PageState): Level {
  if (state === 'gone') return 'warning';
  return state === 'no database' ? 'none' : state;
}

/** "Critical", "No database". */
export function stateTitle(state: PageState): string {
  if (state === 'ok') return 'OK';
  return capitalized(state === 'unknown' ? state : STATE_LABELS[state]);
}

export function capitalized(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}
