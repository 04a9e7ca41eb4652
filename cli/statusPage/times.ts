import { isoWithOffset } from '../../core/store/index.js';
import { age } from '../printing/words.js';
import { html, type Html } from './html.js';

/** "2026-01-25 14:46, 3 h ago". Both, because the reader may see the page much later. */
export function timeWithAge(at: Date | string | undefined, now: Date): Html {
  const time = at === undefined ? undefined : new Date(at);
  if (time === undefined || Number.isNaN(time.getTime())) return html`at an unknown time`;
  return html`${timeElement(time, minute)}, <span class="age">${age(time, now)}</span>`;
}

export function timeElement(at: Date, format: (at: Date) => string): Html {
  return html`<time datetime="${at.toISOString()}">${format(at)}</time>`;
}

/** Local: "2026-01-25". */
export function day(at: Date): string {
  return isoWithOffset(at).slice(0, 10);
}

/** Local: "2026-01-25 14:46". */
export function minute(at: Date): string {
  return isoWithOffset(at).slice(0, 16).replace('T', ' ');
}
