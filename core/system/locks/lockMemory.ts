import { basename, dirname, join } from 'node:path';
import { systemOf, type Ports } from '../ports.js';
import { removeQuietly, replaceFile } from '../files/atomicWrite.js';
import { readSmallFile } from '../files/readSmallFile.js';
import { sha256Of } from '../files/sha256.js';
import { parseJson, recordOf } from '../json.js';
import { uniqueToken } from '../processes/uniqueToken.js';
import { userStateFolder } from '../userFolders.js';

/** When this user first saw a lock in its present form, by this machine's clock. */
export interface Sighting {
  readonly since: Date;
  /** False if the state folder cannot be used; other processes then do not find the sighting. */
  readonly isShared: boolean;
}

type MemoryPorts = Pick<Ports, 'files' | 'now' | 'environment' | 'system'>;

/**
 * Records when this user first saw a lock with this fingerprint. The age of a lock whose owner cannot be checked counts
 * from that moment, because the lock's time stamp may come from another clock. If this machine's clock jumps ahead and
 * shortens the wait, the owner detects the takeover before it publishes anything.
 */
export function noteSighting(lockPath: string, fingerprint: string, ports: MemoryPorts): Sighting {
  const now = ports.now();
  const known = IN_PROCESS.get(lockPath);
  if (known !== undefined && isValidFor(known, fingerprint, now)) return known;
  const sighting = { ...readOrWrite(lockPath, fingerprint, now, ports), fingerprint };
  if (IN_PROCESS.size >= MAX_SIGHTINGS) IN_PROCESS.clear();
  IN_PROCESS.set(lockPath, sighting);
  return sighting;
}

/** Deletes the record of earlier locks. The new owner of the lock calls it. */
export function forgetSighting(lockPath: string, ports: MemoryPorts): void {
  if (!IN_PROCESS.delete(lockPath)) return;
  try {
    removeQuietly(memoryPath(lockPath, ports), ports.files);
  } catch {
    // Without a state folder, nothing was recorded.
  }
}

interface Known extends Sighting {
  readonly fingerprint: string;
}

/** A cache: a waiting process would otherwise read the file every few milliseconds. */
const IN_PROCESS = new Map<string, Known>();

/** Far more locks with unknown owners than a user encounters. */
const MAX_SIGHTINGS = 100;
const MAX_BYTES = 8192;

/** A time in the future was recorded before the clock was set back, so it is ignored. */
function isValidFor({ fingerprint, since }: Known, expected: string, now: Date): boolean {
  return fingerprint === expected && since.getTime() <= now.getTime();
}

function readOrWrite(lockPath: string, fingerprint: string, now: Date, ports: MemoryPorts): Sighting {
  try {
    const path = memoryPath(lockPath, ports);
    const known = parse(readSmallFile(path, MAX_BYTES, ports.files));
    if (known !== undefined && isValidFor(known, fingerprint, now)) return known;
    write(path, { lock: lockPath, fingerprint, seenAt: now.toISOString() }, ports);
    return { since: now, isShared: true };
  } catch {
    return { since: now, isShared: false };
  }
}

function memoryPath(lockPath: string, { files, environment }: MemoryPorts): string {
  const path = join(files.realpathSync(dirname(lockPath)), basename(lockPath));
  return join(userStateFolder(environment), 'locks', `${sha256Of(Buffer.from(path)).slice(0, 32)}.json`);
}

function parse(content: Buffer | undefined): Known | undefined {
  const { fingerprint, seenAt } = recordOf(parseJson(content?.toString('utf8')));
  if (typeof fingerprint !== 'string' || typeof seenAt !== 'string') return undefined;
  const since = new Date(seenAt);
  return Number.isNaN(since.getTime()) ? undefined : { fingerprint, since, isShared: true };
}

function write(path: string, record: Readonly<Record<string, string>>, ports: MemoryPorts): void {
  const { files } = ports;
  const folder = dirname(path);
  files.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, `.tmp-${uniqueToken(systemOf(ports))}`);
  replaceFile(path, temporary, Buffer.from(`${JSON.stringify(record)}\n`), files);
  sweep(folder, files);
}

/** Other users' processes can delete a lock without deleting its record here, so the oldest records are removed. */
function sweep(folder: string, files: MemoryPorts['files']): void {
  const names = files.readdirSync(folder);
  if (names.length <= MAX_SIGHTINGS) return;
  const paths = names.map((name) => join(folder, name));
  const times = new Map(paths.map((path) => [path, files.lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0]));
  paths.sort((one, other) => (times.get(other) ?? 0) - (times.get(one) ?? 0));
  for (const path of paths.slice(MAX_SIGHTINGS)) removeQuietly(path, files);
}
