import type { ReplicationTarget } from '../project.js';
import type { ObjectReader } from './objectReader.js';
import { readRetention } from './retentionPolicy.js';
import {
  EXPECTED_OWN_PATH,
  EXPECTED_REMOTE,
  EXPECTED_TARGET_NAME,
  isOwnPath,
  isRemote,
  isTargetName,
  withHome,
} from './values.js';

export const TARGET_KEYS = [
  'name',
  'folder',
  'rclone',
  'retention',
] as const satisfies readonly (keyof ReplicationTarget)[];

export function readTargets(file: ObjectReader, home: string | undefined): readonly ReplicationTarget[] | undefined {
  const usedNames = new Set<string>();
  return file.objects('targets', TARGET_KEYS)?.flatMap((reader) => {
    const target = readTarget(reader, home);
    if (target === undefined) return [];
    // Names become folder names, and some file systems ignore case.
    const key = target.name.toLowerCase();
    if (usedNames.has(key)) reader.refuseObject(`has the name of another target: ${target.name}`);
    usedNames.add(key);
    return [target];
  });
}

function readTarget(reader: ObjectReader, home: string | undefined): ReplicationTarget | undefined {
  const name = reader.required('name', isTargetName, EXPECTED_TARGET_NAME);
  const path = reader.value('folder', isOwnPath, EXPECTED_OWN_PATH);
  const folder = path === undefined ? undefined : withHome(path, home);
  if (path !== undefined && folder === undefined) reader.refuse(`cannot resolve ${path}: HOME is not set`, 'folder');
  const rclone = reader.value('rclone', isRemote, EXPECTED_REMOTE);
  if (reader.has('folder') === reader.has('rclone')) reader.refuseObject('needs either folder or rclone');
  const retention = readRetention(reader) ?? {};
  return name === undefined ? undefined : { name, folder, rclone, retention };
}
