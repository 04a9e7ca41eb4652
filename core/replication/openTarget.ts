import { isAbsolute } from 'node:path';
import { BackupError, type Ports } from '../system/index.js';
import { isRemote, type ReplicationTarget } from '../project/index.js';
import { folderTarget } from './folderTarget.js';
import { rcloneTarget } from './rcloneTarget.js';
import type { Target } from './target.js';

/** `scratchPath`: a folder for files in transit; undefined for the system's temporary folder. */
export function openTarget(
  { name, folder, rclone }: ReplicationTarget,
  scratchPath: string | undefined,
  ports: Ports,
): Target {
  if (folder !== undefined) return folderTarget(name, folder, ports);
  if (rclone !== undefined) return rcloneTarget(name, rclone, scratchPath, ports);
  throw new BackupError(`The target ${name} has neither a folder nor an rclone remote`, {
    code: 'configuration',
    operation: 'open the target',
    hint: 'Set "folder" or "rclone" for it in your user configuration file.',
  });
}

/** Throws `target-not-found`. */
export function targetNamed(targets: readonly ReplicationTarget[], name: string): ReplicationTarget {
  const target = targets.find((known) => known.name === name);
  if (target !== undefined) return target;
  const known = targets.map((each) => each.name).join(', ');
  throw new BackupError(`The target ${name} is not configured`, {
    code: 'target-not-found',
    operation: 'find the target',
    hint:
      targets.length === 0
        ? 'No target is configured. Add it to "targets" in your user configuration file (feature-backups/config.json).'
        : `Configured targets: ${known}.`,
  });
}

/** A configured target by its name, or any other location: an absolute path, or an rclone remote with a colon. */
export function resolveTarget(text: string, targets: readonly ReplicationTarget[]): ReplicationTarget {
  const place = { name: text, folder: undefined, rclone: undefined, retention: {} };
  if (isAbsolute(text)) return { ...place, folder: text };
  return isRemote(text) ? { ...place, rclone: text } : targetNamed(targets, text);
}
