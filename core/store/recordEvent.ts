import { asBackupError, syncFolder } from '../system/index.js';
import type { DatabaseFingerprint } from '../snapshot/index.js';
import { sanitiseReason } from './backupName.js';
import { isoWithOffset } from './isoTime.js';
import { updateMetadata } from './metadataFile.js';
import type { OpenStore } from './openStore.js';
import type { Backup, BackupEvent, BackupMetadata, Trigger } from './backup.js';

/**
 * Adds one more trigger to a backup that already contains this state. `fingerprint`, if given, replaces the recorded one,
 * which makes the next check cheap.
 */
export function recordEvent(
  store: OpenStore,
  backup: Backup,
  trigger: Trigger,
  fingerprint: DatabaseFingerprint | undefined,
): Backup {
  const event = eventOf(trigger, store.ports.now());
  // If it has more events, an earlier call has synced the names.
  if ((backup.metadata?.events.length ?? 0) <= 1) syncNames(store);
  store.lock.assertHeld();
  return updateMetadata(
    store.project.storePath,
    backup,
    (metadata) => ({
      ...withEvent(metadata, event),
      state: fingerprint ?? metadata.state,
      git: gitOf(trigger, metadata),
    }),
    store.ports,
  );
}

/** The process that made the backup may have ended before its name was synced to disk. */
function syncNames({ project, ports }: OpenStore): void {
  try {
    syncFolder(project.storePath, ports.files);
  } catch (error) {
    throw asBackupError(error, 'sync the backup to disk', project.storePath);
  }
}

/** Updates the branch and head, but keeps the commits made in this state. */
function gitOf({ git }: Trigger, metadata: BackupMetadata): BackupMetadata['git'] {
  return git === undefined ? metadata.git : { ...metadata.git, ...git };
}

export function eventOf({ source, reason, tool, detail }: Trigger, at: Date): BackupEvent {
  return {
    at: isoWithOffset(at),
    source,
    reason: sanitiseReason(reason),
    tool: tool?.slice(0, MAX_TEXT_LENGTH),
    detail: detail?.slice(0, MAX_TEXT_LENGTH),
  };
}

/** Agents choose these texts, and the metadata must stay small. */
const MAX_TEXT_LENGTH = 200;

/** A state can last for weeks, so only the newest events are stored; older ones are counted. */
const MAX_EVENTS = 200;

function withEvent(metadata: BackupMetadata, event: BackupEvent): BackupMetadata {
  const events = [...metadata.events, event];
  const surplus = Math.max(0, events.length - MAX_EVENTS);
  const foldedEventCount = (metadata.foldedEventCount ?? 0) + surplus;
  return {
    ...metadata,
    events: events.slice(surplus),
    foldedEventCount: foldedEventCount === 0 ? undefined : foldedEventCount,
  };
}
