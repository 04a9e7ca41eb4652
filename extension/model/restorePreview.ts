import { basename } from 'node:path';
import type { RestoreBlocker, RestorePlan } from '../../core/restore/index.js';
import { countDifferences, type FeatureComparison } from '../../core/database/index.js';
import type { DatabaseHolder } from '../../core/project/index.js';
import { counts, features } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';

/** The confirmation before a restore. */
export interface RestorePreview {
  /** "Restore 598 features from “before mark passing #12”?" */
  readonly question: string;
  /** Changes, warnings and the undo; one paragraph each. */
  readonly detail: string;
  /** The button that names the action. */
  readonly button: string;
  /** False if a blocker cannot be overridden; `detail` names it. */
  readonly isPossible: boolean;
  /** Whether agents or other programs must be overridden. */
  readonly needsForce: boolean;
}

export interface PreviewSubject {
  /** "before mark passing #12, 5 min ago". */
  readonly backup: string;
  /** Undefined = all features. */
  readonly featureIds?: readonly number[] | undefined;
  readonly isUndo?: boolean | undefined;
}

export function previewRestore(plan: RestorePlan, subject: PreviewSubject): RestorePreview {
  const isPossible = plan.blockers.every(({ isForceable }) => isForceable);
  const needsForce = plan.blockers.length > 0;
  const paragraphs = [changeSentence(plan), ...plan.blockers.map(blockSentence), isPossible ? undoSentence(plan) : ''];
  return {
    question: question(plan, subject),
    detail: paragraphs.filter((paragraph) => paragraph !== '').join('\n\n'),
    button: button(plan, subject, needsForce),
    isPossible,
    needsForce,
  };
}

/** "Removes 3 features, brings back 12 features, 29 go from failing to passing." */
export function comparisonSentence(comparison: FeatureComparison): string {
  const { passingToFailing, failingToPassing } = comparison;
  const { added, removed, changed } = countDifferences(comparison);
  const parts = [
    removed > 0 ? l10n.t('removes {0}', features(removed)) : '',
    added > 0 ? l10n.t('brings back {0}', features(added)) : '',
    changed > 0 ? l10n.t('changes {0}', features(changed)) : '',
    passingToFailing > 0 ? transitionSentence(passingToFailing, 'failing') : '',
    failingToPassing > 0 ? transitionSentence(failingToPassing, 'passing') : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? l10n.t('No features change.') : `${capitalize(parts.join(', '))}.`;
}

function transitionSentence(count: number, to: 'passing' | 'failing'): string {
  if (to === 'passing') {
    return count === 1 ? l10n.t('1 goes from failing to passing') : l10n.t('{0} go from failing to passing', count);
  }
  return count === 1 ? l10n.t('1 goes from passing to failing') : l10n.t('{0} go from passing to failing', count);
}

function question(plan: RestorePlan, { backup, featureIds, isUndo }: PreviewSubject): string {
  if (isUndo === true) return l10n.t('Undo the last restore?');
  if (featureIds !== undefined) return l10n.t('Restore {0} from “{1}”?', features(featureIds.length), backup);
  const count = plan.backupCounts?.total;
  return count === undefined
    ? l10n.t('Restore “{0}”?', backup)
    : l10n.t('Restore {0} from “{1}”?', features(count), backup);
}

function button(plan: RestorePlan, { featureIds, isUndo }: PreviewSubject, needsForce: boolean): string {
  if (isUndo === true) return needsForce ? l10n.t('Undo Restore Anyway') : l10n.t('Undo Restore');
  const count = featureIds?.length ?? plan.backupCounts?.total;
  if (count === undefined) return needsForce ? l10n.t('Restore Anyway') : l10n.t('Restore Backup');
  if (count === 1) return needsForce ? l10n.t('Restore 1 Feature Anyway') : l10n.t('Restore 1 Feature');
  return needsForce ? l10n.t('Restore {0} Features Anyway', count) : l10n.t('Restore {0} Features', count);
}

function changeSentence(plan: RestorePlan): string {
  const { comparison, live, backupCounts, databasePath } = plan;
  const file = basename(databasePath);
  const backupContent = backupCounts === undefined ? '' : l10n.t('The backup has {0}.', counts(backupCounts));
  if (live === 'missing') return joinSentences(l10n.t('{0} is missing.', file), backupContent);
  if (live === 'unreadable') return joinSentences(l10n.t('{0} is no longer a readable database.', file), backupContent);
  if (comparison === undefined) {
    const unknown = l10n.t('The changes cannot be previewed.');
    return live === 'damaged'
      ? joinSentences(l10n.t('{0} is damaged.', file), unknown, backupContent)
      : joinSentences(unknown, backupContent);
  }
  const sentence = comparisonSentence(comparison);
  return live === 'damaged'
    ? joinSentences(l10n.t('{0} is damaged. Changes to its readable features:', file), sentence)
    : sentence;
}

function blockSentence({ code, holders, isForceable }: RestoreBlocker): string {
  const who = [...new Set(holders.map(holderWords))].join(', ');
  if (code === 'agent-running') {
    return l10n.t('An agent is running ({0}). It will continue from the restored backlog.', who);
  }
  return isForceable
    ? l10n.t('The database is open in {0}. The restore uses SQLite’s locks, so the database stays consistent.', who)
    : l10n.t('The database is open in {0}. Close it there, then try again.', who);
}

function holderWords({ pid, command }: DatabaseHolder): string {
  if (pid === undefined) return l10n.t('another process');
  const id = String(pid);
  return command === undefined ? l10n.t('process {0}', id) : l10n.t('{0}, process {1}', plainLine(command), id);
}

function undoSentence({ live }: RestorePlan): string {
  return live === 'missing'
    ? ''
    : l10n.t('The current database is saved as an emergency backup, so you can undo this.');
}

function joinSentences(...sentences: readonly string[]): string {
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

function capitalize(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
