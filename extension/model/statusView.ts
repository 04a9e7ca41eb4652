import { basename } from 'node:path';
import type { CommandName } from '../contributions.js';
import type { Overview } from '../engine/protocol.js';
import { backups, counts, problems } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import { markdownText } from '../words/plainText.js';
import { ago } from '../words/times.js';
import { describeTarget } from './describeTarget.js';
import { statusIcon } from './icons.js';
import { actionsFor } from './problemActions.js';
import { conditionOf, worstProject } from './projectCondition.js';
import type { ProjectState } from './projectState.js';
import { isCounted, shownProblems, type ShownProblem } from './shownProblem.js';
import { countProblems } from './tree.js';

export interface StatusView {
  readonly text: string;
  /** Without codicons, for screen readers. */
  readonly ariaLabel: string;
  /** Markdown with command links. */
  readonly tooltip: string;
  readonly background: 'error' | 'warning' | undefined;
  /** The available actions, the most helpful first. */
  readonly actions: readonly CommandName[];
}

/** Undefined without a project. */
export function statusView(projects: readonly ProjectState[], now: Date, isTrusted: boolean): StatusView | undefined {
  const worst = worstProject(projects);
  if (worst === undefined) return undefined;
  const problem = worstProblem(worst, now);
  const condition = conditionOf(worst);
  const words = statusTitle(worst, problem, now);
  const others = countProblems(projects.filter((project) => project !== worst));
  const more = others > 0 ? ` (+${others})` : '';
  return {
    text: `$(${statusIcon(condition)}) ${words}${more}`,
    ariaLabel: `Feature Backups: ${words}${others > 0 ? `, ${problems(others)}` : ''}`,
    tooltip: tooltip(projects, now),
    background: condition === 'critical' ? 'error' : condition === 'warning' ? 'warning' : undefined,
    actions: actionsFor(problem, worst, isTrusted),
  };
}

/** Undefined if the project has no problems, apart from information. */
export function worstProblem(project: ProjectState, now: Date): ShownProblem | undefined {
  return shownProblems(project, now).find(isCounted);
}

function statusTitle(project: ProjectState, problem: ShownProblem | undefined, now: Date): string {
  if (problem !== undefined) return problem.title;
  const { overview } = project;
  if (overview === undefined) return quietTitle(project);
  const ordinary = overview.backups.filter((backup) => backup.kind === 'ordinary');
  const newest = ordinary.at(0);
  return newest === undefined
    ? backups(ordinary.length)
    : l10n.t('{0}, {1}', backups(ordinary.length), ago(newest.createdAt, now));
}

/** The title of a project without problems. */
export function quietTitle(project: ProjectState): string {
  return conditionOf(project) === 'unchecked' ? l10n.t('Checking the backlog…') : l10n.t('No problems');
}

function tooltip(projects: readonly ProjectState[], now: Date): string {
  return projects.map((project) => projectTooltip(project, now, projects.length > 1)).join('\n\n---\n\n');
}

function projectTooltip(project: ProjectState, now: Date, isNamed: boolean): string {
  const shown = shownProblems(project, now);
  const worst = shown.find(isCounted);
  const title = worst?.title ?? quietTitle(project);
  const others = shown.filter((problem) => problem !== worst).map((problem) => `${problem.title}.`);
  const lines = [
    `$(${statusIcon(conditionOf(project))}) **${markdownText(isNamed ? `${project.name}: ${title}` : title)}**`,
    markdownText(worst?.explanation ?? ''),
    others.map(markdownText).join('  \n'),
    project.overview === undefined ? '' : facts(project.overview, now),
  ];
  return lines.filter((line) => line !== '').join('\n\n');
}

function facts(overview: Overview, now: Date): string {
  const { databasePath, live, backups: all, connections, provenAt } = overview;
  const newest = all.find((backup) => backup.kind === 'ordinary');
  const lines = [
    live?.counts && l10n.t('{0}: {1}', basename(databasePath), counts(live.counts)),
    newest && l10n.t('Last backup: {0}, {1}', ago(newest.createdAt, now), counts(newest.counts)),
    provenAt && l10n.t('Last successful test restore: {0}', ago(provenAt, now)),
    ...overview.targets.map((target) => describeTarget(target, now)),
    connections.length > 0 && l10n.t('Connected agents: {0}', connectionWords(connections)),
  ];
  return lines
    .filter((line) => typeof line === 'string')
    .map(markdownText)
    .join('  \n');
}

function connectionWords(connections: Overview['connections']): string {
  const words = connections.map(({ kind, server }) => (kind === 'claude' ? 'Claude Code' : (server ?? 'MCP')));
  return [...new Set(words)].join(', ');
}
