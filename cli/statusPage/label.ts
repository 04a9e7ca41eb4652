import { html, trusted, type Html } from './html.js';

/** How severe a project's state or a problem is. `none`: nothing to report. */
export type Level = 'critical' | 'unknown' | 'warning' | 'information' | 'ok' | 'none';

/** Each level has a shape of its own, because colour alone is not enough. */
const SHAPES: Readonly<Record<Level, string>> = {
  critical: '<path d="M4 .7h4L11.3 4v4L8 11.3H4L.7 8V4z"/>',
  warning: '<path d="M6 1 11.5 11H.5z"/>',
  unknown: '<path class="outline" d="M6 1l5 5-5 5-5-5z"/>',
  information: '<circle cx="6" cy="6" r="4.5"/>',
  ok: '<path class="outline" d="M1.5 6.5l3 3 6-7"/>',
  none: '<circle class="outline" cx="6" cy="6" r="4"/>',
};

/** A word with the shape and colour of its level. */
export function label(level: Level, word: string): Html {
  const shape = trusted(SHAPES[level]);
  return html`<strong class="label ${level}"
    ><svg viewBox="0 0 12 12" aria-hidden="true">${shape}</svg>${word}</strong
  >`;
}
