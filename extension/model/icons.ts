import type { CommandName } from '../contributions.js';
import type { ProjectCondition } from './projectCondition.js';
import type { ProblemLevel } from './shownProblem.js';

export interface Icon {
  /** A codicon. */
  readonly id: string;
  /** A theme colour; undefined = the colour of the text. */
  readonly color: string | undefined;
}

/** The icons of problems. */
export const LEVEL_ICONS: Readonly<Record<ProblemLevel, Icon>> = {
  critical: { id: 'error', color: 'problemsErrorIcon.foreground' },
  warning: { id: 'warning', color: 'problemsWarningIcon.foreground' },
  information: { id: 'info', color: 'problemsInfoIcon.foreground' },
  unknown: { id: 'question', color: 'problemsWarningIcon.foreground' },
};

/** The icons of projects in a list. */
export const CONDITION_ICONS: Readonly<Record<ProjectCondition, Icon>> = {
  critical: LEVEL_ICONS.critical,
  unknown: LEVEL_ICONS.unknown,
  warning: LEVEL_ICONS.warning,
  unchecked: { id: 'circle-outline', color: undefined },
  healthy: { id: 'pass', color: 'testing.iconPassed' },
  empty: { id: 'circle-large-outline', color: 'disabledForeground' },
  gone: { id: 'circle-slash', color: 'disabledForeground' },
};

/** The codicon of the status bar for a condition. */
export function statusIcon(condition: ProjectCondition): string {
  if (condition === 'healthy') return 'shield';
  return condition === 'unchecked' ? 'sync' : CONDITION_ICONS[condition].id;
}

/** The codicon of a command in a list of actions. */
export function commandIcon(name: CommandName): string {
  return COMMAND_ICONS[name] ?? 'circle-small';
}

const COMMAND_ICONS: Partial<Readonly<Record<CommandName, string>>> = {
  backUpNow: 'save',
  restore: 'history',
  restoreLastGood: 'history',
  salvage: 'combine',
  undoLastRestore: 'discard',
  drill: 'beaker',
  replicate: 'copy',
  verifyAll: 'check-all',
  compareWithCurrent: 'diff',
  showBackups: 'list-tree',
  showTimeline: 'graph-line',
  acceptShrinkage: 'check',
  startOver: 'debug-restart',
  openSettings: 'settings-gear',
  openConfiguration: 'json',
  connectAgent: 'plug',
  showLog: 'output',
};
