import { featuresInWords } from '../../core/database/index.js';
import { isoWithOffset } from '../../core/store/index.js';
import { countInWords, visible } from '../../core/system/index.js';
import type { WatchEvent } from '../../core/watch/index.js';
import type { Console } from '../console.js';
import { backupView } from '../views.js';
import { errorDocument } from './errors.js';
import { STDERR, STDOUT, write } from './streams.js';

/**
 * Prints one line per event, as a document with --json. Lines in a file begin with the time; a terminal does not need it,
 * and systemd's journal adds its own.
 */
export function watchPrinter(console: Console): (event: WatchEvent) => void {
  const { ports, json, isTerminal } = console;
  const isTimed = !isTerminal && ports.environment.JOURNAL_STREAM === undefined;
  return (event) => {
    const at = isoWithOffset(ports.now());
    if (json) write(STDOUT, `${JSON.stringify({ at, ...viewOf(event) })}\n`);
    else write(isFailure(event) ? STDERR : STDOUT, `${isTimed ? `${at} ` : ''}${lineOf(event)}\n`);
  };
}

function isFailure(event: WatchEvent): boolean {
  if (event.kind === 'job') return event.run.problem !== undefined;
  return event.kind === 'trouble' || event.kind === 'damaged';
}

function lineOf(event: WatchEvent): string {
  switch (event.kind) {
    case 'watching':
      return `watching ${countInWords(event.projects.length, 'project')}`;
    case 'project-added':
      return `${visible(event.root)}: added`;
    case 'project-removed':
      return `${visible(event.root)}: removed`;
    case 'backed-up':
      return `${visible(event.root)}: backed up ${featuresInWords(event.backup.counts)} as ${visible(event.backup.id)}`;
    case 'damaged':
      return `${visible(event.root)}: the live database is damaged; its files are saved as ${visible(event.emergency.id)}: ${visible(event.problems.join('; '))}`;
    case 'job':
      return `${visible(event.root)}: ${event.run.job} ${event.run.problem === undefined ? 'done' : `failed: ${visible(event.run.problem)}`}`;
    case 'copied':
      return `${visible(event.root)}: copied ${countInWords(event.count, 'backup')} to ${visible(event.target)}`;
    case 'trouble':
      return `${where(event.root)}could not ${event.operation}: ${visible(event.error.message)}`;
    case 'trouble-over':
      return `${where(event.root)}resolved: could not ${event.operation}`;
    case 'clock-jumped':
      return `the computer slept or its clock changed (${(event.byMs / 1000).toFixed(0)} s); checking every project`;
    case 'stopping':
      return 'stopping';
  }
}

function where(root: string | undefined): string {
  return root === undefined ? '' : `${visible(root)}: `;
}

function viewOf(event: WatchEvent): object {
  switch (event.kind) {
    case 'backed-up':
      return { event: event.kind, project: event.root, backup: backupView(event.backup) };
    case 'damaged':
      return {
        event: event.kind,
        project: event.root,
        emergency: backupView(event.emergency),
        problems: event.problems,
      };
    case 'job': {
      const { job, dueAt, problem, error } = event.run;
      return {
        event: event.kind,
        project: event.root,
        job,
        dueAt: dueAt?.toISOString() ?? null,
        problem: problem ?? null,
        error: error === undefined ? null : errorDocument(error).error,
      };
    }
    case 'trouble':
      return {
        event: event.kind,
        project: event.root ?? null,
        doing: event.operation,
        error: errorDocument(event.error).error,
      };
    case 'trouble-over':
      return { event: event.kind, project: event.root ?? null, doing: event.operation };
    case 'project-added':
    case 'project-removed':
      return { event: event.kind, project: event.root };
    case 'copied':
      return { event: event.kind, project: event.root, target: event.target, count: event.count };
    case 'watching':
      return { event: event.kind, projects: event.projects };
    case 'clock-jumped':
      return { event: event.kind, byMs: event.byMs };
    case 'stopping':
      return { event: event.kind };
  }
}
