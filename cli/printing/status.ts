import { isoWithOffset } from '../../core/store/index.js';
import type { Backup, LiveObservation, ProjectSummary, TargetState, Trouble } from '../../core/engine.js';
import { visible } from '../../core/system/index.js';
import type { RunningWatcher } from '../../core/watch/index.js';
import type { Console } from '../console.js';
import { provenText } from './proven.js';
import { quarantineRows } from './quarantine.js';
import { age, count, counts, size } from './words.js';

/** A scheduled job, and when it comes due next; undefined where its schedule cannot be read. */
export interface DueJob {
  readonly job: string;
  readonly at: Date | undefined;
}

export interface Status {
  readonly summary: ProjectSummary;
  readonly troubles: readonly Trouble[];
  readonly due: readonly DueJob[];
  /** Undefined where none runs. */
  readonly watcher: RunningWatcher | undefined;
}

/** One project on one screen; in a pipe the same with a tab between. What is wrong follows on standard error. */
export function printStatus({ summary, troubles, due, watcher }: Status, console: Console): void {
  const rows = [
    ['project', visible(summary.project.root)],
    ['database', visible(summary.project.databasePath)],
    ['', liveText(summary, console)],
    ...(summary.live?.problems ?? []).map((problem) => ['', visible(problem)]),
    ['store', storeText(summary)],
    ...quarantineRows(summary, console),
    ['newest', backupText(summary.newest, console)],
    ['last good', backupText(summary.lastGood, console)],
    ['proven', provenText(summary, console)],
    ['history', historyText(summary, console)],
    ...copiesRows(summary, console),
    ...scheduleRows(due),
    ['watcher', watcher === undefined ? noWatcherText(console) : watcherText(watcher, console)],
  ];
  for (const [name = '', value = ''] of rows) {
    console.print(console.isTerminal ? `${console.colours.bold(name.padEnd(9))}  ${value}\n` : `${name}\t${value}\n`);
  }
  for (const trouble of troubles) console.note(`${word(trouble, console)} ${visible(trouble.message)}\n`);
}

function word({ severity }: Trouble, { colours }: Console): string {
  return severity === 'critical' ? colours.red('critical:') : colours.yellow('warning:');
}

function liveText({ live, problem, newest }: ProjectSummary, { colours }: Console): string {
  if (live === undefined)
    return colours.yellow(`could not be looked at: ${visible(problem?.message ?? 'unknown reason')}`);
  return [...sizes(live), ...condition(live, newest, colours)].join(', ');
}

function sizes({ counts: held, sizeBytes }: LiveObservation): readonly string[] {
  return [...(held === undefined ? [] : [counts(held)]), ...(sizeBytes === undefined ? [] : [size(sizeBytes)])];
}

function condition(live: LiveObservation, newest: Backup | undefined, colours: Console['colours']): readonly string[] {
  const since = newest === undefined ? 'not backed up yet' : 'changed since the newest backup';
  switch (live.condition) {
    case 'sound':
      return [colours.green('sound'), live.changed ? since : 'held by the newest backup'];
    case 'shrunk':
      return [colours.yellow('far fewer features than the backups hold')];
    case 'damaged':
      return [colours.red('damaged')];
    case 'gone':
      return [colours.red('gone')];
  }
}

function storeText({ project, backupCount, emergencyCount, totalSizeBytes }: ProjectSummary): string {
  const emergencies = emergencyCount === 0 ? '' : `, ${count(emergencyCount, 'emergency backup')}`;
  return `${visible(project.storePath)}: ${count(backupCount, 'backup')}${emergencies}, ${size(totalSizeBytes)}`;
}

function backupText(backup: Backup | undefined, { colours, ports }: Console): string {
  if (backup === undefined) return colours.dim('none');
  return `${visible(backup.id)}, ${age(backup.createdAt, ports.now())}, ${counts(backup.counts)}`;
}

function historyText({ history }: ProjectSummary, { colours, ports }: Console): string {
  const { stateCount, sizeBytes, oldest, unreadableCount = 0 } = history;
  const unread =
    unreadableCount === 0 ? '' : colours.yellow(`, ${count(unreadableCount, 'segment')} could not be read`);
  if (stateCount === 0 && unread === '') return colours.dim('none yet');
  const since = oldest === undefined ? '' : `, the oldest ${age(oldest, ports.now())}`;
  return `${count(stateCount, 'state')}${since}, ${size(sizeBytes)}${unread}`;
}

/** A line for each target. */
function copiesRows({ replication }: ProjectSummary, console: Console): readonly (readonly string[])[] {
  if (replication.length === 0) return [['copies', console.colours.dim('none elsewhere')]];
  return replication.map((target, index) => [index === 0 ? 'copies' : '', targetText(target, console)]);
}

function targetText({ name, lastOkAt, failingSince, problem }: TargetState, { colours, ports }: Console): string {
  const now = ports.now();
  const last = lastOkAt === undefined ? 'nothing yet' : `up to date ${age(new Date(lastOkAt), now)}`;
  if (problem === undefined) return `${visible(name)}: ${last}`;
  const since = failingSince === undefined ? '' : ` since ${age(new Date(failingSince), now)}`;
  return `${visible(name)}: ${colours.red(`fails${since}`)}: ${visible(problem)}; ${last}`;
}

/** "backup 2026-01-21 12:00, drill 2026-01-25 03:00"; no row where nothing is scheduled. */
function scheduleRows(due: readonly DueJob[]): readonly (readonly string[])[] {
  const parts = due.map(({ job, at }) => `${job} ${at === undefined ? 'cannot be read' : localTime(at)}`);
  return parts.length === 0 ? [] : [['schedule', parts.join(', ')]];
}

/** It watches its own list of projects; `service status` tells more of it. */
function watcherText({ pid, host, since }: RunningWatcher, { ports }: Console): string {
  return `process ${String(pid)} on ${visible(host)}, started ${age(new Date(since), ports.now())}`;
}

function noWatcherText({ colours }: Console): string {
  return colours.dim('none runs; feature-backups service install has one run');
}

function localTime(at: Date): string {
  return isoWithOffset(at).slice(0, 16).replace('T', ' ');
}
