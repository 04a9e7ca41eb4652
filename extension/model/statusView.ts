import { basename } from 'node:path';
import type { CommandName } from '../contributions.js';
import type { Overview } from '../engine/protocol.js';
import { backups, counts, problems } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import { markdownText } from '../words/plainText.js';
import { ago } from '../words/times.js';
import { healthOf, worstHealth, type Health, type HealthKind } from './health.js';
import { healthExplanation, healthSentence } from './healthWords.js';
import { describeTarget } from './describeTarget.js';
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
export function statusView(healths: readonly Health[], now: Date, isTrusted: boolean): StatusView | undefined {
  const worst = worstHealth(healths);
  if (worst === undefined) return undefined;
  const words = shortWords(worst, now);
  const others = countProblems(healths.filter((health) => health !== worst));
  const more = others > 0 ? ` (+${others})` : '';
  const actions = actionsFor(worst, isTrusted);
  return {
    text: `$(${ICONS[worst.level]}) ${words}${more}`,
    ariaLabel: `Feature Backups: ${words}${others > 0 ? `, ${problems(others)}` : ''}`,
    tooltip: tooltip(healths, now),
    background: BACKGROUNDS[worst.kind],
    actions,
  };
}

/** Remedies for the problem first, then general actions. */
export function actionsFor({ kind, project }: Health, isTrusted: boolean): readonly CommandName[] {
  const all = project.overview?.backups ?? [];
  const hasBackups = all.some((backup) => backup.kind === 'ordinary');
  const writing: readonly CommandName[] = [
    ...REMEDIES[kind],
    'backUpNow',
    ...(hasBackups ? (['restore', 'restoreLastGood'] as const) : []),
    ...(project.overview?.canUndo === true ? (['undoLastRestore'] as const) : []),
    ...(project.overview?.connections.length === 0 ? (['connectAgent'] as const) : []),
  ];
  const reading: readonly CommandName[] = [
    ...(hasBackups ? (['compareWithCurrent'] as const) : []),
    'showBackups',
    ...(hasBackups ? (['showTimeline'] as const) : []),
    'openSettings',
    'showLog',
  ];
  const possible = isTrusted ? [...writing, ...reading] : reading;
  return [...new Set(possible)].filter((action) => hasBackups || !NEED_A_BACKUP.has(action));
}

const NEED_A_BACKUP: ReadonlySet<CommandName> = new Set<CommandName>([
  'restore',
  'restoreLastGood',
  'salvage',
  'drill',
  'verifyAll',
]);

const REMEDIES: Readonly<Record<HealthKind, readonly CommandName[]>> = {
  damaged: ['restoreLastGood', 'salvage'],
  gone: ['restoreLastGood'],
  // Not the last good backup, which may contain the shrunken backlog.
  shrunk: ['compareWithCurrent', 'restore', 'acceptShrinkage'],
  drillFailed: ['verifyAll', 'drill', 'backUpNow'],
  backupFailed: ['backUpNow', 'showLog'],
  readFailed: ['showLog', 'openConfiguration'],
  notWritable: ['openConfiguration'],
  overdue: ['backUpNow'],
  replicationFailed: ['replicate', 'showLog'],
  noBackups: ['backUpNow'],
  unsaved: ['backUpNow'],
  safe: [],
  unknown: [],
};

const ICONS = { error: 'error', warning: 'warning', safe: 'shield', unknown: 'sync' } as const;

// Only for data loss, because VS Code's guidelines ask for restraint with background colours.
const BACKGROUNDS: Partial<Readonly<Record<HealthKind, 'error' | 'warning'>>> = {
  damaged: 'error',
  gone: 'error',
  shrunk: 'error',
  drillFailed: 'error',
  backupFailed: 'warning',
};

function shortWords(health: Health, now: Date): string {
  const { kind, project } = health;
  if (kind !== 'safe') return healthSentence(health);
  const ordinary = (project.overview?.backups ?? []).filter((backup) => backup.kind === 'ordinary');
  const newest = ordinary.at(0);
  return newest === undefined
    ? backups(ordinary.length)
    : l10n.t('{0}, {1}', backups(ordinary.length), ago(newest.createdAt, now));
}

function tooltip(healths: readonly Health[], now: Date): string {
  return healths.map((health) => projectTooltip(health, now, healths.length > 1)).join('\n\n---\n\n');
}

function projectTooltip(health: Health, now: Date, isNamed: boolean): string {
  const { project, level } = health;
  const sentence = healthSentence(health);
  const others = health.problems.slice(1).map((problem) => `${healthSentence(healthOf(problem, health))}.`);
  const lines = [
    `$(${ICONS[level]}) **${markdownText(isNamed ? `${project.name}: ${sentence}` : sentence)}**`,
    markdownText(healthExplanation(health, now)),
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
