import { basename, dirname, join } from 'node:path';
import { systemOf, type Ports } from '../ports.js';
import { removeQuietly, replaceFile } from '../files/atomicWrite.js';
import { readSmallFile } from '../files/readSmallFile.js';
import { sha256Of } from '../files/sha256.js';
import { parseJson, asRecord } from '../json.js';
import { uniqueToken } from '../processes/uniqueToken.js';
import { userStateFolder } from '../userFolders.js';

/** When this user first saw a lock in its present form, by this machine's clock. */
export interface Sighting {
  readonly since: Date;
  /** False if the state folder cannot be used; other processes then do not find the sighting. */
  readonly isRecorded: boolean;
}

type SightingPorts = Pick<Ports, 'files' | 'now' | 'environment' | 'system'>;

/**
 * Records when this user first saw a lock with this fingerprint. The age of a lock whose owner cannot be checked counts
 * from that moment, because the lock's time stamp may come from another clock. If this machine's clock jumps ahead and
 * shortens the wait, the owner detects the takeover before it publishes anything.
 */
export function recordSighting(lockPath: string, fingerprint: string, ports: SightingPorts): Sighting {
  const now = ports.now();
  const known = SIGHTINGS.get(lockPath);
  if (known !== undefined && isValidFor(known, fingerprint, now)) return known;
  const sighting = { ...readOrWrite(lockPath, fingerprint, now, ports), fingerprint };
  if (SIGHTINGS.size >= MAX_SIGHTINGS) SIGHTINGS.clear();
  SIGHTINGS.set(lockPath, sighting);
  return sighting;
}

/** Deletes the record of earlier locks. The new owner of the lock calls it. */
export function forgetSighting(lockPath: string, ports: SightingPorts): void {
  if (!SIGHTINGS.delete(lockPath)) return;
  try {
    removeQuietly(sightingPath(lockPath, ports), ports.files);
  } catch {
    // Without a state folder, nothing was recorded.
  }
}

interface LockSighting extends Sighting {
  readonly fingerprint: string;
}

/** A cache: a waiting process would otherwise read the file every few milliseconds. */
const SIGHTINGS = new Map<string, LockSighting>();

/** Far more locks with unknown owners than a user encounters. */
const MAX_SIGHTINGS = 100;
const MAX_BYTES = 8192;

/** A time in the future was recorded before the clock was set back, so it is ignored. */
function isValidFor({ fingerprint, since }: LockSighting, expected: string, now: Date): boolean {
  return fingerprint === expected && since.getTime() <= now.getTime();
}

function readOrWrite(lockPath: string, fingerprint: string, now: Date, ports: SightingPorts): Sighting {
  try {
    const path = sightingPath(lockPath, ports);
    const known = parseSighting(readSmallFile(path, MAX_BYTES, ports.files));
    if (known !== undefined && isValidFor(known, fingerprint, now)) return known;
    writeSighting(path, { lock: lockPath, fingerprint, seenAt: now.toISOString() }, ports);
    return { since: now, isRecorded: true };
  } catch {
    return { since: now, isRecorded: false };
  }
}

function sightingPath(lockPath: string, { files, environment }: SightingPorts): string {
  const path = join(files.realpathSync(dirname(lockPath)), basename(lockPath));
  return join(userStateFolder(environment), 'locks', `${sha256Of(Buffer.from(path)).slice(0, 32)}.json`);
}

function parseSighting(content: Buffer | undefined): LockSighting | undefined {
  const { fingerprint, seenAt } = asRecord(parseJson(content?.toString('utf8')));
  if (typeof fingerprint !== 'string' || typeof seenAt !== 'string') return undefined;
  const since = new Date(seenAt);
  return Number.isNaN(since.getTime()) ? undefined : { fingerprint, since, isRecorded: true };
}

function writeSighting(path: string, record: Readonly<Record<string, string>>, ports: SightingPorts): void {
  const { files } = ports;
  const folder = dirname(path);
  files.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, `.tmp-${uniqueToken(systemOf(ports))}`);
  replaceFile(path, temporary, Buffer.from(`${JSON.stringify(record)}\n`), files);
  sweepOldSightings(folder, files);
}

/** Other users' processes can delete a lock without deleting its record here, so the oldest records are removed. */
function sweepOldSightings(folder: string, files: SightingPorts['files']): void {
  const names = files.readdirSync(folder);
  if (names.length <= MAX_SIGHTINGS) return;
  const paths = names.map((name) => join(folder, name));
  const times = new Map(paths.map((path) => [path, files.lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0]));
  paths.sort((one, other) => (times.get(other) ?? 0) - (times.get(one) ?? 0));
  for (const path of paths.slice(MAX_SIGHTINGS)) removeQuietly(path, files);
}
