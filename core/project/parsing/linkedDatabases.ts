import type { LinkedDatabase } from '../project.js';
import type { ObjectReader } from './objectReader.js';
import { EXPECTED_OWN_PATH, isOwnPath, withHome } from './values.js';

export const LINKED_DATABASE_KEYS = ['project', 'database'] as const satisfies readonly (keyof LinkedDatabase)[];

export function readLinkedDatabases(
  file: ObjectReader,
  home: string | undefined,
): readonly LinkedDatabase[] | undefined {
  return file.objects('linkedDatabases', LINKED_DATABASE_KEYS)?.flatMap((reader) => {
    const project = readOwnPath(reader, 'project', home);
    const database = readOwnPath(reader, 'database', home);
    return project === undefined || database === undefined ? [] : [{ project, database }];
  });
}

function readOwnPath(reader: ObjectReader, key: keyof LinkedDatabase, home: string | undefined): string | undefined {
  const path = reader.required(key, isOwnPath, EXPECTED_OWN_PATH);
  if (path === undefined) return undefined;
  const found = withHome(path, home);
  if (found === undefined) reader.refuse(`cannot resolve ${path}: HOME is not set`, key);
  return found;
}
