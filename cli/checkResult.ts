import type { KnownHealth, HealthProblem } from '../core/engine.js';
import { BackupError, countInWords, visible, type ExitCode } from '../core/system/index.js';
import {
  healthState,
  isAlarm,
  severityOf,
  unsavedMs,
  withOverdueLimit,
  worstFirst,
  type HealthState,
  type OverdueLimit,
} from '../core/health/index.js';
import { truncateEnd } from './printing/width.js';
import { age, codeWords } from './printing/words.js';

// The output of `check`, as the Monitoring Plugins development guidelines define it.

type CheckState = HealthState;

/** The exit codes of monitoring plugins; those of the other commands differ. */
export const CHECK_EXIT: Readonly<Record<CheckState, ExitCode>> = { ok: 0, warning: 1, critical: 2, unknown: 3 };

export interface Thresholds {
  /** Undefined = as configured in each project. */
  readonly warningHours: number | undefined;
  readonly criticalHours: number | undefined;
}

export interface CheckInput {
  readonly projects: readonly KnownHealth[];
  /** False if some projects may be missing from the list. */
  readonly isComplete: boolean;
}

interface CheckedProject {
  readonly health: KnownHealth;
  readonly problems: readonly HealthProblem[];
}

export interface CheckOutcome extends Omit<CheckInput, 'projects'> {
  readonly state: CheckState;
  readonly projects: readonly CheckedProject[];
  readonly thresholds: Thresholds;
  readonly now: Date;
}

/** The thresholds replace the configured limit for changes that are not backed up. */
export function classify({ projects: all, isComplete }: CheckInput, thresholds: Thresholds, now: Date): CheckOutcome {
  const projects = all.map((health) => ({ health, problems: withThresholds(health, thresholds, now) }));
  const states = projects.map(stateOf);
  if (!isComplete) states.push('unknown');
  return { state: WORST_FIRST.find((state) => states.includes(state)) ?? 'ok', projects, isComplete, thresholds, now };
}

function withThresholds(
  { problems, summary }: KnownHealth,
  { warningHours, criticalHours }: Thresholds,
  now: Date,
): readonly HealthProblem[] {
  const limitOf = (hours: number | undefined, severity: OverdueLimit['severity']) =>
    hours === undefined ? undefined : { hours, severity };
  const others = warningHours === undefined ? problems : problems.filter(({ code }) => code !== 'backup-overdue');
  const withWarning = withOverdueLimit(others, summary, limitOf(warningHours, 'warning'), now);
  return withOverdueLimit(withWarning, summary, limitOf(criticalHours, 'critical'), now);
}

/** As the Monitoring Plugins' `max_state_alt`. */
const WORST_FIRST: readonly CheckState[] = ['critical', 'unknown', 'warning', 'ok'];

function stateOf({ health, problems }: CheckedProject): CheckState {
  return healthState({ ...health, problems });
}

/** One line: the text, then the performance data after a bar. */
export function checkLine(outcome: CheckOutcome): string {
  return `FEATURE BACKUPS ${outcome.state.toUpperCase()} - ${inOneLine(textOf(outcome))}|${performanceData(outcome)}\n`;
}

export function unknownLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof BackupError && error.hint !== undefined ? `. ${error.hint.split('\n')[0] ?? ''}` : '';
  return `FEATURE BACKUPS UNKNOWN - ${inOneLine(message + hint)}\n`;
}

export function checkView({ state, projects, now }: CheckOutcome) {
  return {
    state,
    projects: projects.map((project) => ({
      name: project.health.known.name,
      root: project.health.known.root,
      status: project.health.known.status,
      state: stateOf(project),
      ageSeconds: project.health.summary === undefined ? null : secondsOf(unsavedMs(project.health.summary, now)),
      troubles: project.problems.map(({ code, severity, subject, message }) => ({ code, severity, subject, message })),
    })),
  };
}

/** Old remote executors cut longer lines. */
const TEXT_COLUMNS = 800;

/** A bar would begin the performance data, and a line break would end the output. */
function inOneLine(text: string): string {
  return truncateEnd(visible(text).replaceAll('|', '¦'), TEXT_COLUMNS);
}

function textOf({ projects, isComplete, now }: CheckOutcome): string {
  const incomplete = isComplete ? '' : '; the list of projects is incomplete';
  const [only] = projects;
  if (projects.length === 1 && only !== undefined) {
    const { health, problems } = only;
    const alarms = problems.filter(isAlarm);
    if (alarms.length > 0)
      return `${health.known.name}: ${alarms.map(({ message }) => message).join(' ')}${incomplete}`;
    return `${health.known.name}: ${stateOf(only) === 'unknown' ? unknownText(health) : okText(health, now)}${incomplete}`;
  }
  const affected = projects
    .filter((project) => stateOf(project) !== 'ok')
    .toSorted((a, b) => {
      const [one, other] = [a.problems[0], b.problems[0]];
      return one === undefined || other === undefined ? 0 : worstFirst(one, other);
    });
  if (affected.length === 0) return `${countInWords(projects.length, 'project')}, no problems${incomplete}`;
  const named = affected.map(({ health, problems }) => `${health.known.name} ${codes(problems.filter(isAlarm))}`);
  return `${String(affected.length)} of ${countInWords(projects.length, 'project')} with problems: ${named.join('; ')}${incomplete}`;
}

function unknownText({ summary }: KnownHealth): string {
  return `the live database could not be checked: ${summary?.problem?.message ?? 'unknown reason'}`;
}

function codes(problems: readonly HealthProblem[]): string {
  if (problems.length === 0) return 'could not be checked';
  return problems.map(({ code, subject }) => codeWords(code) + (subject === '' ? '' : ` (${subject})`)).join(', ');
}

function okText({ known, summary }: KnownHealth, now: Date): string {
  if (summary === undefined) return known.status === 'no-database' ? 'no database yet' : 'no data';
  const { live, newest, backupCount } = summary;
  const features = live?.counts === undefined ? [] : [countInWords(live.counts.total, 'feature')];
  const newestBackup = newest === undefined ? [] : [`newest backup ${age(newest.createdAt, now)}`];
  return [...features, ...newestBackup, countInWords(backupCount, 'backup')].join(', ');
}

function performanceData({ projects, thresholds, now }: CheckOutcome): string {
  const summaries = projects.flatMap(({ health: { summary } }) => (summary === undefined ? [] : [summary]));
  const ages = summaries.flatMap((summary) => unsavedMs(summary, now) ?? []);
  const configured = summaries.map(({ project }) => project.configuration.notifications.overdueAfterHours);
  // Projects with different limits have no common one to report.
  const [first] = configured;
  const warning = thresholds.warningHours ?? (configured.every((limit) => limit === first) ? first : undefined);
  const sum = (of: (summary: (typeof summaries)[number]) => number): number =>
    summaries.reduce((total, summary) => total + of(summary), 0);
  const ageData = ages.length === 0 ? [] : [`age=${String(Math.floor(Math.max(...ages) / 1000))}s;${limits()};0;`];
  const countOf = (severity: 'critical' | 'warning'): number =>
    projects.filter(({ problems }) => severityOf(problems) === severity).length;
  const projectData =
    projects.length === 1
      ? []
      : [
          `projects=${String(projects.length)};;;0;`,
          ...(['warning', 'critical'] as const).map((word) => `${word}=${String(countOf(word))};;;0;`),
        ];
  return [
    ...ageData,
    `backups=${String(sum(({ backupCount }) => backupCount))};;;0;`,
    `size=${String(sum(({ totalSizeBytes, history }) => totalSizeBytes + history.sizeBytes))}B;;;0;`,
    ...projectData,
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
