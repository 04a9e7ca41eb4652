import type { Backup } from '../../core/store/index.js';
import type { Health } from './health.js';

/** The tree as plain nodes; `id` stays the same from one refresh to the next, so that what is open stays open. */
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
  readonly health: Health;
}

/** What is wrong with the project; a click shows what can be done. */
export interface ProblemNode extends NodeBase {
  readonly kind: 'problem';
  readonly label: string;
  readonly level: 'error' | 'warning';
  readonly health: Health;
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
  /** Of emergency backups: one of them undoes the project's last restore. */
  readonly canUndo: boolean;
  /** At first: the newest day; all of them while a filter is set. */
  readonly isExpanded: boolean;
}

/** What retention has folded into the history. Its days are loaded when it is opened: there may be thousands of states. */
export interface HistoryNode extends NodeBase {
  readonly kind: 'history';
  readonly label: string;
  readonly description: string;
  /** What the states in it are filtered by; empty for all of them. */
  readonly filter: string;
}

/** One day of the history; loaded when it is opened, but for what a filter has found. */
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
