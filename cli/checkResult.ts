import type { KnownHealth, Trouble } from '../core/engine.js';
import { BackupError, visible, type ExitCode } from '../core/system/index.js';
import { severityOf, worstFirst, unsavedMs } from '../core/health/index.js';
import { cutTo } from './printing/width.js';
import { age, count } from './printing/words.js';

// The answer of `check`, by the Monitoring Plugins' development guidelines.

export type CheckState = 'ok' | 'warning' | 'critical' | 'unknown';

/** Theirs, and not those of the other commands. */
export const CHECK_EXIT: Readonly<Record<CheckState, ExitCode>> = { ok: 0, warning: 1, critical: 2, unknown: 3 };

export interface Thresholds {
  /** Undefined: what each project's configuration says. */
  readonly warningHours: number | undefined;
  readonly criticalHours: number | undefined;
}

export interface Verdict {
  readonly state: CheckState;
  readonly projects: readonly { readonly health: KnownHealth; readonly troubles: readonly Trouble[] }[];
  readonly thresholds: Thresholds;
  readonly now: Date;
}

/** A change that has waited for longer than `criticalHours` is critical. */
export function judge(all: readonly KnownHealth[], thresholds: Thresholds, now: Date): Verdict {
  const projects = all.map((health) => ({ health, troubles: escalated(health, thresholds, now).toSorted(worstFirst) }));
  const state = severityOf(projects.flatMap(({ troubles }) => troubles)) ?? 'ok';
  return { state, projects, thresholds, now };
}

function escalated({ summary, troubles }: KnownHealth, { criticalHours }: Thresholds, now: Date): readonly Trouble[] {
  const ageHours = summary === undefined ? undefined : (unsavedMs(summary, now) ?? 0) / 3_600_000;
  if (criticalHours === undefined || ageHours === undefined || ageHours <= criticalHours) return troubles;
  const told = troubles.find(({ code }) => code === 'backup-overdue');
  const critical: Trouble = {
    code: 'backup-overdue',
    subject: '',
    message: `The backlog has changed, and its last backup is ${String(Math.floor(ageHours))} hours old.`,
    ...told,
    severity: 'critical',
  };
  return [...troubles.filter(({ code }) => code !== 'backup-overdue'), critical];
}

/** One line, performance data behind a bar. */
export function checkLine(verdict: Verdict): string {
  return `FEATURE BACKUPS ${verdict.state.toUpperCase()} - ${inOneLine(textOf(verdict))}|${performanceData(verdict)}\n`;
}

export function unknownLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof BackupError && error.hint !== undefined ? `. ${error.hint.split('\n')[0] ?? ''}` : '';
  return `FEATURE BACKUPS UNKNOWN - ${inOneLine(message + hint)}\n`;
}

export function checkView({ state, projects, now }: Verdict) {
  return {
    state,
    projects: projects.map(({ health: { known, summary }, troubles }) => ({
      name: known.name,
      root: known.root,
      status: known.status,
      state: severityOf(troubles) ?? 'ok',
      ageSeconds: summary === undefined ? null : secondsOf(unsavedMs(summary, now)),
      troubles: troubles.map(({ code, severity, subject, message }) => ({ code, severity, subject, message })),
    })),
  };
}

/** What old remote executors pass on of a line. */
const TEXT_COLUMNS = 800;

/** The bar begins the performance data, and a line end ends the answer. */
function inOneLine(text: string): string {
  return cutTo(visible(text).replaceAll('|', '¦'), TEXT_COLUMNS);
}

function textOf({ projects, now }: Verdict): string {
  const [only] = projects;
  if (projects.length === 1 && only !== undefined) {
    const { health, troubles } = only;
    if (troubles.length > 0) return `${health.known.name}: ${troubles.map(({ message }) => message).join(' ')}`;
    return `${health.known.name}: ${wellText(health, now)}`;
  }
  const ill = projects
    .filter(({ troubles }) => troubles.length > 0)
    .toSorted((a, b) => {
      const [one, other] = [a.troubles[0], b.troubles[0]];
      return one === undefined || other === undefined ? 0 : worstFirst(one, other);
    });
  if (ill.length === 0) return `all ${count(projects.length, 'project')} well`;
  const named = ill.map(({ health, troubles }) => `${health.known.name} ${codes(troubles)}`);
  return `${String(ill.length)} of ${count(projects.length, 'project')} not well: ${named.join('; ')}`;
}

function codes(troubles: readonly Trouble[]): string {
  return troubles
    .map(({ code, subject }) => code.replaceAll('-', ' ') + (subject === '' ? '' : ` (${subject})`))
    .join(', ');
}

function wellText({ known, summary }: KnownHealth, now: Date): string {
  if (summary === undefined) return known.status === 'no-database' ? 'no database yet' : 'nothing to tell';
  const { live, newest, backupCount } = summary;
  const features = live?.counts === undefined ? [] : [count(live.counts.total, 'feature')];
  const made = newest === undefined ? [] : [`newest backup ${age(newest.createdAt, now)}`];
  return [...features, ...made, count(backupCount, 'backup')].join(', ');
}

function performanceData({ projects, thresholds, now }: Verdict): string {
  const summaries = projects.flatMap(({ health: { summary } }) => (summary === undefined ? [] : [summary]));
  const ages = summaries.flatMap((summary) => unsavedMs(summary, now) ?? []);
  const configured = summaries.map(({ project }) => project.configuration.notifications.overdueAfterHours);
  // Of many projects with limits of their own there is no one limit to draw.
  const [first] = configured;
  const warning = thresholds.warningHours ?? (configured.every((limit) => limit === first) ? first : undefined);
  const sum = (of: (summary: (typeof summaries)[number]) => number): number =>
    summaries.reduce((total, summary) => total + of(summary), 0);
  const ageData = ages.length === 0 ? [] : [`age=${String(Math.floor(Math.max(...ages) / 1000))}s;${limits()};0;`];
  const ill = (wanted: 'critical' | 'warning'): number =>
    projects.filter(({ troubles }) => severityOf(troubles) === wanted).length;
  const many =
    projects.length === 1
      ? []
      : [
          `projects=${String(projects.length)};;;0;`,
          ...(['warning', 'critical'] as const).map((word) => `${word}=${String(ill(word))};;;0;`),
        ];
  return [
    ...ageData,
    `backups=${String(sum(({ backupCount }) => backupCount))};;;0;`,
    `size=${String(sum(({ totalSizeBytes, history }) => totalSizeBytes + history.sizeBytes))}B;;;0;`,
    ...many,
  ].join(' ');

  function limits(): string {
    const inSeconds = (value: number | undefined): string =>
      value === undefined || value === 0 ? '' : String(Math.round(value * 3600));
    return `${inSeconds(warning)};${inSeconds(thresholds.criticalHours)}`;
  }
}

function secondsOf(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.floor(ms / 1000);
}
