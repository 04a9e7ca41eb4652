import { isoWithOffset } from '../../core/store/index.js';
import { countInWords, groupedDigits, sizeInWords } from '../../core/system/index.js';
import { stateWordOf, worstProjectFirst, type StateWord } from '../printing/statusTable.js';
import { html, trusted, type Html } from './html.js';
import { label, type Level } from './label.js';
import type { Card, Scope } from './makeCard.js';
import { levelOf, STATES, stateTitle } from './state.js';
import { STYLE } from './style.js';
import { minute, timeElement } from './times.js';

/** The cards of all projects in one state. */
interface Group {
  readonly state: StateWord;
  readonly cards: readonly Card[];
}

/** Loads nothing and runs nothing. The icon is part of the page. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

export interface PageContent {
  readonly scope: Scope;
  readonly now: Date;
  /** False if some projects may be missing. */
  readonly isComplete: boolean;
}

/** A whole page: one project, or all of them, worst first. */
export function statusPage(cards: readonly Card[], { scope, now, isComplete }: PageContent): string {
  const sorted = cards.toSorted((one, other) => worstProjectFirst(one.health, other.health));
  const groups = groupsOf(sorted);
  const states = groups.map(scope === 'all' ? countOf : ({ state }) => stateTitle(state));
  const names = scope === 'all' ? [] : sorted.map(({ health }) => `${health.known.name}: `);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${names.join('')}${states.join(', ')} – Backup status</title>
        <link rel="icon" href="${iconOf(levelOf(groups[0]?.state ?? 'no database'))}" />
        <style>
          ${trusted(STYLE)}
        </style>
      </head>
      <body class="${scope}">
        <header class="page">
          <h1>Backup status</h1>
          <p>
            ${scope === 'all' ? totals(cards) : undefined} As of ${timeElement(now, minute)}
            (UTC${isoWithOffset(now).slice(-6)}); all ages refer to this time.
          </p>
          ${isComplete ? undefined : INCOMPLETE} ${scope === 'all' ? navigation(groups) : undefined}
        </header>
        <main>
          ${scope === 'all' ? groups.map(section) : html`<div class="cards">${sorted.map(({ card }) => card)}</div>`}
        </main>
      </body>
    </html> `.html;
}

function groupsOf(sorted: readonly Card[]): readonly Group[] {
  return STATES.flatMap((state) => {
    const cards = sorted.filter(({ health }) => stateWordOf(health) === state);
    return cards.length === 0 ? [] : [{ state, cards }];
  });
}

const INCOMPLETE = html`<p>
  ${label('unknown', 'Incomplete')} Part of the list of projects could not be read. Some projects may be missing here.
</p>`;

function totals(cards: readonly Card[]): string {
  const summaries = cards.flatMap(({ health }) => health.summary ?? []);
  const backupCount = summaries.reduce((sum, summary) => sum + summary.backupCount, 0);
  const bytes = summaries.reduce((sum, summary) => sum + summary.totalSizeBytes + summary.history.sizeBytes, 0);
  return `${countInWords(cards.length, 'project')}, ${countInWords(backupCount, 'backup')}, ${sizeInWords(bytes)}.`;
}

function navigation(groups: readonly Group[]): Html {
  const links = groups.map(
    (group) => html`<li><a href="#${idOf(group)}">${label(levelOf(group.state), countOf(group))}</a></li>`,
  );
  return html`<nav aria-label="Projects by state">
    <ul>
      ${links}
    </ul>
  </nav>`;
}

function section(group: Group): Html {
  const id = idOf(group);
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${stateTitle(group.state)} <span class="number">${groupedDigits(group.cards.length)}</span></h2>
    <div class="cards">${group.cards.map(({ card }) => card)}</div>
  </section> `;
}

/** "Critical 3". */
function countOf({ state, cards }: Group): string {
  return `${stateTitle(state)} ${groupedDigits(cards.length)}`;
}

function idOf({ state }: Group): string {
  return state.replaceAll(' ', '-');
}

/** A dot in the colour of the worst state, for the browser's tab. Also keeps the browser from requesting a file. */
function iconOf(level: Level): string {
  const dot = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6" fill="${ICON_COLOURS[level]}"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(dot)}`;
}

const ICON_COLOURS: Readonly<Record<Level, string>> = {
  critical: '#d13438',
  unknown: '#d98e04',
  warning: '#d98e04',
  information: '#3b82d6',
  ok: '#2e9e5b',
  none: '#8a94a3',
};
