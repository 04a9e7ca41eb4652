import type { Backup, BackupEvent, TriggerSource } from '../../core/store/index.js';
import { l10n } from './l10n.js';
import { plainLine } from './plainText.js';

/** "before mark passing #12". */
export function reasonOfBackup(backup: Backup): string {
  const first = backup.metadata?.events.at(0);
  if (backup.kind === 'emergency') return reasonOfEmergency(backup);
  return reasonWords(backup.reason, first?.reason === backup.reason ? first.detail : undefined);
}

/** An emergency backup is made before a restore, or from a damaged database. */
function reasonOfEmergency({ content, metadata }: Backup): string {
  if (content === 'raw') return l10n.t('copy of the database files');
  const isBeforeRestore = metadata === undefined || metadata.source === 'restore';
  return isBeforeRestore ? l10n.t('before restore') : l10n.t('copy of the damaged database');
}

/** A reason and its detail, in words. */
export function reasonWords(reason: string, detail: string | undefined): string {
  const words = KNOWN.get(reason)?.() ?? plainLine(reason.replaceAll('_', ' ').trim());
  if (detail === undefined || detail === '') return words;
  const feature = /^features? (\d+(?:, ?\d+)*)$/.exec(detail)?.[1];
  if (feature !== undefined) return `${words} ${feature.replace(/\d+/g, '#$&')}`;
  return l10n.t('{0}: {1}', words, plainLine(detail));
}

/** "before mark passing #12 (agent over MCP)". */
export function eventWords(event: BackupEvent): string {
  return l10n.t('{0} ({1})', reasonWords(event.reason, event.detail), sourceWords(event.source));
}

export function sourceWords(source: TriggerSource): string {
  return SOURCES[source]();
}

const KNOWN: ReadonlyMap<string, () => string> = new Map(
  Object.entries({
    manual: () => l10n.t('manual backup'),
    after_change: () => l10n.t('after a change'),
    before_commit: () => l10n.t('before commit'),
    before_restore: () => l10n.t('before restore'),
    kept_when_shrinkage_was_acknowledged: () => l10n.t('kept when the smaller backlog was accepted'),
    before_starting_over: () => l10n.t('before starting over'),
    kept_before_starting_over: () => l10n.t('kept before starting over'),
    before_feature_create: () => l10n.t('before creating a feature'),
    before_bulk_create: () => l10n.t('before creating features in bulk'),
  }),
);

const SOURCES: Readonly<Record<TriggerSource, () => string>> = {
  mcp: () => l10n.t('agent over MCP'),
  'agent-hook': () => l10n.t('agent hook'),
  git: () => l10n.t('git'),
  editor: () => l10n.t('VS Code'),
  watch: () => l10n.t('watcher'),
  schedule: () => l10n.t('schedule'),
  cli: () => l10n.t('command line'),
  restore: () => l10n.t('restore'),
};
