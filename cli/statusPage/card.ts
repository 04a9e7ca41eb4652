import type { Backup, HealthProblem, KnownHealth, ProjectSummary, TargetState } from '../../core/engine.js';
import { BackupError, countInWords, groupedDigits, sizeInWords } from '../../core/system/index.js';
import type { CurvePoint } from './curve.js';
import { stateWordOf } from '../printing/statusTable.js';
import { html, type Html } from './html.js';
import { label } from './label.js';
import { sparkline } from './sparkline.js';
import { capitalized, levelOf, stateTitle } from './state.js';
import { timeWithAge } from './times.js';

export interface CardContent {
  readonly health: KnownHealth;
  /** Oldest first, or why they cannot be read. */
  readonly curve: readonly CurvePoint[] | BackupError;
  readonly now: Date;
  readonly headingLevel: 2 | 3;
}

/** One project. */
export function projectCard({ health, curve, now, headingLevel }: CardContent): Html {
  const { known, summary, problems } = health;
  const state = stateWordOf(health);
  return html`<article class="card ${levelOf(state)}">
<header>
<h${headingLevel}><bdi>${known.name}</bdi></h${headingLevel}>
${label(levelOf(state), stateTitle(state))}
</header>
<p class="folder"><bdi>${known.root}</bdi></p>
${problemList(problems)}
${summary === undefined ? absence(health) : [backlog(summary, curve), facts(summary, now)]}
</article>
`;
}

function problemList(problems: readonly HealthProblem[]): Html | undefined {
  if (problems.length === 0) return undefined;
  const items = problems.map(
    ({ severity, description, advice }) =>
      html`<li class="${severity}">
        <p>${label(severity, capitalized(severity))} ${description}</p>
        ${advice === '' ? undefined : html`<p class="advice">${advice}</p>`}
      </li>`,
  );
  return html`<ul class="problems" aria-label="Problems">
    ${items}
  </ul>`;
}

function absence({ known, problems }: KnownHealth): Html | undefined {
  if (known.status !== 'no-database' || problems.length > 0) return undefined;
  return html`<p class="note">No database yet.</p>`;
}

/** The counts, and their curve. */
function backlog({ live, newest }: ProjectSummary, curve: CardContent['curve']): Html {
  const { total, passing } = live?.counts ?? newest?.counts ?? {};
  const picture =
    curve instanceof BackupError
      ? html`<p class="note">The earlier counts cannot be read: ${curve.message}</p>`
      : sparkline(curve);
  if (total === undefined) return html`${picture}`;
  const all = countInWords(total, 'feature');
  const counts =
    passing === undefined
      ? html`<span class="key features">${all}</span>`
      : html`<span class="key passing"><b>${groupedDigits(passing)}</b> passing</span>
          <span class="key features">of ${all}</span>`;
  const share =
    passing === undefined || total === 0
      ? undefined
      : html`<span class="share">${Math.floor((passing / total) * 100)}&nbsp;%</span>`;
  const source = live?.counts === undefined ? html`<span class="source">in the last backup</span>` : undefined;
  return html`<p class="counts">${counts} ${source} ${share}</p>
    ${picture}`;
}

function facts(summary: ProjectSummary, now: Date): Html {
  const rows: readonly (readonly [name: string, value: Html])[] = [
    ['Database', html`${databaseWords(summary)}`],
    ['Last backup', lastBackup(summary.newest, now)],
    ['Last test restore', lastDrill(summary, now)],
    ['Backups', html`${backupWords(summary)}`],
    ['Vault', vault(summary, now)],
    ['Targets', targets(summary, now)],
  ];
  return html`<dl>
    ${rows.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div> `,
    )}
  </dl>`;
}

function databaseWords({ live, problem, newest }: ProjectSummary): string {
  switch (live?.condition) {
    case undefined:
      return problem === undefined ? 'Unreadable' : `Unreadable: ${problem.message}`;
    case 'damaged':
      return 'Damaged';
    case 'gone':
      return 'Missing';
    case 'shrunk':
      return 'Far fewer features than its backups';
    case 'sound':
      if (newest === undefined) return 'Not backed up yet';
      return live.changed ? 'Changed since the last backup' : 'Backed up';
  }
}

function lastBackup(newest: Backup | undefined, now: Date): Html {
  return newest === undefined ? html`None` : timeWithAge(newest.createdAt, now);
}

/** A failure comes first, because it outranks every backup that passed. */
function lastDrill({ lastProven, jobs }: ProjectSummary, now: Date): Html {
  const passedAt = lastProven?.at ?? jobs.drill?.lastOkAt;
  const passed = passedAt === undefined ? undefined : html`Passed ${timeWithAge(passedAt, now)}`;
  if (jobs.drill?.ok !== false) return passed ?? html`Never`;
  const failed = html`Failed ${timeWithAge(jobs.drill.endedAt, now)}`;
  return passed === undefined ? failed : html`${failed}<br />${passed}`;
}

function backupWords({
  backupCount,
  emergencyCount,
  quarantineCount,
  history,
  totalSizeBytes,
}: ProjectSummary): string {
  const { stateCount, unreadableCount = 0 } = history;
  const parts = [
    [backupCount, 'in the store'],
    [emergencyCount, 'emergency'],
    [stateCount, 'in the history'],
    [quarantineCount, 'in quarantine'],
    [unreadableCount, unreadableCount === 1 ? 'unreadable segment' : 'unreadable segments'],
  ] as const;
  const counts = parts.filter(([count], index) => count > 0 || index === 0);
  const size = sizeInWords(totalSizeBytes + history.sizeBytes).replace(' ', NO_BREAK);
  return [...counts.map(([count, words]) => `${groupedDigits(count)} ${words}`), size].join(', ');
}

const NO_BREAK = '\u00A0';

function vault({ vault: state }: ProjectSummary, now: Date): Html {
  if (state === undefined) return html`Off`;
  if (state.problem !== undefined) return failingSince(state.failingSince, now);
  const risk = state.risk === undefined ? '' : `, ${RISKS[state.risk]}`;
  return html`${countInWords(state.backupCount, 'backup')}${risk}`;
}

const RISKS = { 'same-disk': 'on the same disk', container: 'in a container' } as const;

function targets({ replication }: ProjectSummary, now: Date): Html {
  const [only] = replication;
  if (only === undefined) return html`None`;
  const items = replication.map((target) => html`<li><bdi>${target.name}</bdi>: ${sync(target, now)}</li>`);
  return html`<ul>
    ${items}
  </ul>`;
}

function sync({ lastOkAt, failingSince: since, problem }: TargetState, now: Date): Html {
  if (problem !== undefined) return failingSince(since, now);
  return lastOkAt === undefined ? html`never synced` : html`synced ${timeWithAge(lastOkAt, now)}`;
}

function failingSince(since: string | undefined, now: Date): Html {
  return html`<strong class="failure">Failing</strong> since ${timeWithAge(since, now)}`;
}
