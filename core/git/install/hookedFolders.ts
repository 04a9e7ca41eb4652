import { dirname } from 'node:path';
import { readStoreStates } from '../../project/index.js';
import { asRecord, isRecord, parseJson, type Ports } from '../../system/index.js';
import { GIT_RECORD_FILE, MAX_RECORD_BYTES } from './record.js';

/** A folder in each repository in which this user installed the hooks, from the records in the state folder. */
export function hookedFolders(ports: Ports): readonly string[] {
  return readStoreStates(GIT_RECORD_FILE, MAX_RECORD_BYTES, ports).flatMap(({ text }) => {
    const { files } = asRecord(parseJson(text));
    const paths = Array.isArray(files) ? files.map((file: unknown) => (isRecord(file) ? file.path : undefined)) : [];
    return paths.filter((path) => typeof path === 'string').map((path) => dirname(path));
  });
}
