import type { Backup, BackupEvent } from '../../core/store/index.js';
import { sizeInWords } from '../../core/system/index.js';
import { counts } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import { markdownText } from '../words/plainText.js';
import { eventWords, reasonOfBackup } from '../words/reasonWords.js';
import { fullTime, timeOfDay } from '../words/times.js';
import { conditionOf, conditionWords } from './backupRow.js';

/** The details of a backup, as Markdown without links or commands. */
export function backupTooltip(backup: Backup): string {
  const { metadata, metadataProblem } = backup;
  const facts: readonly (readonly [label: string, value: string | undefined])[] = [
    [l10n.t('Created'), fullTime(backup.createdAt)],
    [l10n.t('Features'), describeCounts(backup)],
    [l10n.t('Verification'), describeCheck(backup)],
    [l10n.t('Test restore'), describeDrill(backup)],
    [l10n.t('Pinned'), metadata?.pinned === true ? l10n.t('yes, never pruned') : undefined],
    [
      l10n.t('Metadata'),
      metadataProblem && l10n.t('unreadable, so the backup may be pinned: {0}', metadataProblem.reason),
    ],
    [l10n.t('Branch'), metadata?.git?.branch ?? undefined],
    [l10n.t('Checked-out commit'), metadata?.git?.head?.slice(0, 12)],
    [l10n.t('Commits'), commitsOf(backup)],
    [l10n.t('Size'), describeSize(backup)],
    [backup.history === undefined ? l10n.t('File') : l10n.t('History file'), backup.path.split(/[/\\]/).at(-1)],
    [l10n.t('Stored in'), backup.isOnlyInVault ? l10n.t('the vault only, outside the project') : undefined],
    [l10n.t('Name'), backup.history === undefined ? undefined : backup.id],
    [l10n.t('Problems'), metadata?.problems?.join('; ')],
  ];
  const known = facts.filter((fact): fact is readonly [string, string] => (fact[1] ?? '') !== '');
  return [
    `**${markdownText(reasonOfBackup(backup))}**`,
    known.map(([label, value]) => `${markdownText(label)}: ${markdownText(value)}`).join('  \n'),
    describeEvents(metadata?.events ?? [], metadata?.foldedEventCount ?? 0),
    metadata === undefined ? `_${markdownText(l10n.t('The metadata is missing or unreadable.'))}_` : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** Commits made while the backlog was in this state, newest first. */
function commitsOf({ metadata }: Backup): string {
  const { commit, earlierCommits = [] } = metadata?.git ?? {};
  const all = commit === undefined ? earlierCommits : [...earlierCommits, commit];
  return all
    .map((id) => id.slice(0, 12))
    .reverse()
    .join(', ');
}

function describeCounts({ counts: featureCounts, content }: Backup): string {
  if (content === 'raw') return l10n.t('unknown: raw files without a consistent snapshot');
  const known = counts(featureCounts);
  return featureCounts.inProgress === undefined || featureCounts.inProgress === 0
    ? known
    : l10n.t('{0}, {1} in progress', known, featureCounts.inProgress);
}

function describeCheck(backup: Backup): string {
  const { metadata } = backup;
  const condition = conditionWords(conditionOf(backup));
  const verified = metadata?.verified;
  if (verified === undefined) return condition;
  const words = verified.ok ? l10n.t('verified') : l10n.t('damaged');
  const at = new Date(verified.at);
  const when = Number.isNaN(at.getTime()) ? verified.at : at.toLocaleString();
  return l10n.t('{0} by {1}, {2}', words, verified.check, when);
}

function describeDrill({ metadata }: Backup): string | undefined {
  const drilled = metadata?.drilled;
  if (drilled === undefined) return undefined;
  const at = new Date(drilled.at);
  const when = Number.isNaN(at.getTime()) ? drilled.at : at.toLocaleString();
  return drilled.ok ? l10n.t('succeeded, {0} (read by {1})', when, drilled.reader) : l10n.t('failed, {0}', when);
}

function describeSize({ sizeBytes, compressed, metadata, history }: Backup): string {
  const original = metadata?.backupSizeBytes;
  if (history !== undefined && original !== undefined) {
    return l10n.t('{0} in the history, {1} when restored', sizeInWords(sizeBytes), sizeInWords(original));
  }
  return compressed && original !== undefined
    ? l10n.t('{0}, compressed from {1}', sizeInWords(sizeBytes), sizeInWords(original))
    : sizeInWords(sizeBytes);
}

const SHOWN_EVENTS = 10;

function describeEvents(events: readonly BackupEvent[], foldedCount: number): string {
  if (events.length + foldedCount < 2) return '';
  const shown = events.slice(-SHOWN_EVENTS);
  const more = events.length - shown.length + foldedCount;
  const lines = shown.map((event) => `- ${markdownText(`${eventTime(event)} ${eventWords(event)}`)}`);
  if (more > 0)
    lines.unshift(`- ${markdownText(more === 1 ? l10n.t('1 earlier event') : l10n.t('{0} earlier events', more))}`);
  return [markdownText(l10n.t('What happened at this state:')), '', ...lines].join('\n');
}

function eventTime(event: BackupEvent): string {
  const at = new Date(event.at);
  return Number.isNaN(at.getTime()) ? event.at : timeOfDay(at);
}
