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

/** Where copies go, as `targets` of the file says. */
export function readTargets(file: ObjectReader, home: string | undefined): readonly ReplicationTarget[] | undefined {
  const taken = new Set<string>();
  return file.objects('targets', TARGET_KEYS)?.flatMap((reader) => {
    const target = readTarget(reader, home);
    if (target === undefined) return [];
    // Names become names of folders, and not every file system tells capitals apart.
    const key = target.name.toLowerCase();
    if (taken.has(key)) reader.refuseWhole(`has the name of another target: ${target.name}`);
    taken.add(key);
    return [target];
  });
}

function readTarget(reader: ObjectReader, home: string | undefined): ReplicationTarget | undefined {
  const name = reader.needed('name', isTargetName, EXPECTED_TARGET_NAME);
  const path = reader.value('folder', isOwnPath, EXPECTED_OWN_PATH);
  const folder = path === undefined ? undefined : withHome(path, home);
  if (path !== undefined && folder === undefined) reader.refuse(`${path} cannot be found: there is no HOME`, 'folder');
  const rclone = reader.value('rclone', isRemote, EXPECTED_REMOTE);
  if (reader.has('folder') === reader.has('rclone')) reader.refuseWhole('needs either folder or rclone');
  const retention = readRetention(reader) ?? {};
  return name === undefined ? undefined : { name, folder, rclone, retention };
}
