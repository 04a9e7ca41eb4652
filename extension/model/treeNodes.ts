import type { Backup } from '../../core/store/index.js';
import type { ShownProblem } from './shownProblem.js';

/** `id` is stable across refreshes, so that expanded nodes stay expanded. */
export type TreeNode = ProjectNode | ProblemNode | NoteNode | GroupNode | HistoryNode | HistoryDayNode | BackupNode;

interface NodeBase {
  readonly id: string;
  readonly root: string;
  readonly children: readonly TreeNode[];
}

export interface ProjectNode extends NodeBase {
  readonly kind: 'project';
  readonly label: string;
  readonly description: string;
}

/** A click shows the available actions. */
export interface ProblemNode extends NodeBase {
  readonly kind: 'problem';
  readonly problem: ShownProblem;
}

export interface NoteNode extends NodeBase {
  readonly kind: 'note';
  readonly label: string;
  readonly action: 'backUpNow' | 'clearFilter' | 'showLog';
}

export interface GroupNode extends NodeBase {
  readonly kind: 'group';
  readonly label: string;
  readonly description: string;
  readonly isEmergency: boolean;
  /** True if the group contains the emergency backup that undoes the last restore. */
  readonly canUndo: boolean;
  /** Initially the newest day, or all days while a filter is set. */
  readonly isExpanded: boolean;
}

/** The history. Its days are loaded on expansion, because it may have thousands of states. */
export interface HistoryNode extends NodeBase {
  readonly kind: 'history';
  readonly label: string;
  readonly description: string;
  /** Empty = no filter. */
  readonly filter: string;
}

/** One day of the history, loaded on expansion; a filtered day contains its matches. */
export interface HistoryDayNode extends NodeBase {
  readonly kind: 'historyDay';
  /** `2026-01-25`. */
  readonly day: string;
  readonly label: string;
  readonly description: string;
  readonly isExpanded: boolean;
}

export interface BackupNode extends NodeBase {
  readonly kind: 'backup';
  readonly backup: Backup;
}
