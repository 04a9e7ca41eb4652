import { featuresInWords } from '../../core/database/index.js';
import { isoWithOffset } from '../../core/store/index.js';
import type { Backup, LiveObservation, ProjectSummary, TargetState, HealthProblem } from '../../core/engine.js';
import { countInWords, sizeInWords, visible } from '../../core/system/index.js';
import type { RunningWatcher } from '../../core/watch/index.js';
import type { Console } from '../console.js';
import { drillText } from './lastDrill.js';
import { quarantineRows } from './quarantine.js';
import { age } from './words.js';

/** A scheduled job and its next run; undefined if the schedule is invalid. */
export interface DueJob {
  readonly job: string;
  readonly at: Date | undefined;
}

export interface Status {
  readonly summary: ProjectSummary;
  readonly problems: readonly HealthProblem[];
  readonly due: readonly DueJob[];
  /** Undefined if none is running. */
  readonly watcher: RunningWatcher | undefined;
}

/** One project on one screen, or as tab-separated lines. The problems go to standard error. */
export function printStatus({ summary, problems, due, watcher }: Status, console: Console): void {
  const rows = [
    ['project', visible(summary.project.root)],
    ['database', visible(summary.project.databasePath)],
    ['', liveText(summary, console)],
    ...(summary.live?.problems ?? []).map((problem) => ['', visible(problem)]),
    ['store', storeText(summary)],
    ...quarantineRows(summary, console),
    ['newest', backupText(summary.newest, console)],
    ['last good', backupText(summary.lastGood, console)],
    ['drill', drillText(summary, console)],
    ['history', historyText(summary, console)],
    ['vault', vaultText(summary, console)],
    ...targetRows(summary, console),
    ...scheduleRows(due),
    ['watcher', watcher === undefined ? noWatcherText(console) : watcherText(watcher, console)],
  ];
  for (const [name = '', value = ''] of rows) {
    console.print(console.isTerminal ? `${console.colours.bold(name.padEnd(9))}  ${value}\n` : `${name}\t${value}\n`);
  }
  for (const problem of problems) console.note(`${word(problem, console)} ${visible(problem.message)}\n`);
}

function word({ severity }: HealthProblem, { colours }: Console): string {
  const paint = { critical: colours.red, warning: colours.yellow, information: colours.dim }[severity];
  return paint(`${severity}:`);
}

function liveText({ live, problem, newest }: ProjectSummary, { colours }: Console): string {
  if (live === undefined) return colours.yellow(`unreadable: ${visible(problem?.message ?? 'unknown reason')}`);
  return [...sizes(live), ...condition(live, newest, colours)].join(', ');
}

function sizes({ counts, sizeBytes }: LiveObservation): readonly string[] {
  return [
    ...(counts === undefined ? [] : [featuresInWords(counts)]),
    ...(sizeBytes === undefined ? [] : [sizeInWords(sizeBytes)]),
  ];
}

function condition(live: LiveObservation, newest: Backup | undefined, colours: Console['colours']): readonly string[] {
  const unsaved = newest === undefined ? 'not backed up yet' : 'changed since the newest backup';
  switch (live.condition) {
    case 'sound':
      return [colours.green('sound'), live.changed ? unsaved : 'backed up'];
    case 'shrunk':
      return [colours.yellow('far fewer features than its backups')];
    case 'damaged':
      return [colours.red('damaged')];
    case 'gone':
      return [colours.red('missing')];
  }
}

function storeText({ project, backupCount, emergencyCount, totalSizeBytes }: ProjectSummary): string {
  const emergencies = emergencyCount === 0 ? '' : `, ${countInWords(emergencyCount, 'emergency backup')}`;
  return `${visible(project.storePath)}: ${countInWords(backupCount, 'backup')}${emergencies}, ${sizeInWords(totalSizeBytes)}`;
}

function backupText(backup: Backup | undefined, { colours, ports }: Console): string {
  if (backup === undefined) return colours.dim('none');
  return `${visible(backup.id)}, ${age(backup.createdAt, ports.now())}, ${featuresInWords(backup.counts)}`;
}

function historyText({ history }: ProjectSummary, { colours, ports }: Console): string {
  const { stateCount, sizeBytes, oldest, unreadableCount = 0 } = history;
  const unread =
    unreadableCount === 0 ? '' : colours.yellow(`, ${countInWords(unreadableCount, 'unreadable segment')}`);
  if (stateCount === 0 && unread === '') return colours.dim('empty');
  const since = oldest === undefined ? '' : `, oldest ${age(oldest, ports.now())}`;
  return `${countInWords(stateCount, 'state')}${since}, ${sizeInWords(sizeBytes)}${unread}`;
}

/** One row per target. */
function targetRows({ replication }: ProjectSummary, console: Console): readonly (readonly string[])[] {
  if (replication.length === 0) return [['targets', console.colours.dim('none configured')]];
  return replication.map((target, index) => [index === 0 ? 'targets' : '', targetText(target, console)]);
}

function vaultText({ vault }: ProjectSummary, { colours }: Console): string {
  if (vault === undefined) return colours.dim('off');
  const place = `${visible(vault.folder)}: ${countInWords(vault.backupCount, 'backup')}`;
  if (vault.problem !== undefined) return `${place}, ${colours.red(`sync failed: ${visible(vault.problem)}`)}`;
  return vault.risk === undefined ? place : `${place} ${colours.dim(`(${RISKS[vault.risk]})`)}`;
}

const RISKS = {
  'same-disk': 'on the same disk; a target elsewhere also survives its loss',
  container: 'in a container, and deleted with it; add a target elsewhere',
} as const;

function targetText({ name, lastOkAt, failingSince, problem }: TargetState, { colours, ports }: Console): string {
  const now = ports.now();
  const last = lastOkAt === undefined ? 'never synced' : `last synced ${age(new Date(lastOkAt), now)}`;
  if (problem === undefined) return `${visible(name)}: ${last}`;
  const since = failingSince === undefined ? '' : ` (first ${age(new Date(failingSince), now)})`;
  return `${visible(name)}: ${colours.red(`failed${since}`)}: ${visible(problem)}; ${last}`;
}

/** "backup 2026-01-21 12:00, drill 2026-01-25 03:00"; no row if nothing is scheduled. */
function scheduleRows(due: readonly DueJob[]): readonly (readonly string[])[] {
  const parts = due.map(({ job, at }) => `${job} ${at === undefined ? '(invalid schedule)' : localTime(at)}`);
  return parts.length === 0 ? [] : [['schedule', parts.join(', ')]];
}

function watcherText({ pid, host, since }: RunningWatcher, { ports }: Console): string {
  return `process ${String(pid)} on ${visible(host)}, started ${age(new Date(since), ports.now())}`;
}

function noWatcherText({ colours }: Console): string {
  return colours.dim('not running; start it with feature-backups service install');
}

function localTime(at: Date): string {
  return isoWithOffset(at).slice(0, 16).replace('T', ' ');
}
