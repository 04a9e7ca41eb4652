import {
  closeSync,
  copyFileSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkKindFor } from '../../core/database/check.js';
import { inspectImage } from '../../core/database/imageOperations.js';
import {
  BARE,
  measure,
  processEnvironments,
  timeOf,
  timeOfAsync,
  timeOfProcess,
  type Candidate,
  type ProcessEnvironment,
} from './measure.js';
import { PEER_SCRIPT, type PeerName, type PythonPeer } from './pythonPeer.js';
import { printRatios } from './table.js';

const SQL_JS_ALONE = join(import.meta.dirname, 'sqlJsAlone.cjs');
export const CLI = join(import.meta.dirname, '../../dist/feature-backups.cjs');
/** The bundle that users run: from the sources, every `import()` would first have to be resolved. */
export const { backUp } = (await import(
  pathToFileURL(join(import.meta.dirname, '../../dist/index.js')).href
)) as typeof import('../../core/engine.js');
const MEGABYTE = 1_000_000;
const SIZES = [
  { title: '0.4 MB', sizeBytes: 0.4 * MEGABYTE, warmRounds: 41, coldRounds: 21 },
  { title: '40 MB', sizeBytes: 40 * MEGABYTE, warmRounds: 7, coldRounds: 5 },
  { title: '400 MB', sizeBytes: 400 * MEGABYTE, warmRounds: 3, coldRounds: 3 },
] as const;

/** A verified, durable backup of a database that has just changed, compared with the alternatives. */
export async function benchBackUpSpeed(peer: PythonPeer): Promise<void> {
  for (const { title, sizeBytes, warmRounds, coldRounds } of SIZES) {
    const folder = mkdtempSync(join(tmpdir(), 'feature-backups-bench-'));
    try {
      const bench = await prepare(folder, sizeBytes, peer);
      printRatios(`${title}, warm`, await measure(warmCandidates(bench), warmRounds), 'cp + fsync');
      for (const around of sizeBytes > MEGABYTE ? [BARE] : processEnvironments()) {
        const measured = await measure(coldCandidates(bench, around), coldRounds);
        printRatios(`${title}, a whole process ${around.name}`, measured, 'node -e 0');
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

export interface Bench {
  readonly project: string;
  readonly database: string;
  readonly scratch: string;
  readonly peer: PythonPeer;
}

export async function prepare(folder: string, sizeBytes: number, peer: PythonPeer): Promise<Bench> {
  const project = join(folder, 'project');
  mkdirSync(project);
  const database = join(project, 'features.db');
  await peer.make(database, sizeBytes);
  return { project, database, scratch: join(folder, 'copy.db'), peer };
}

function warmCandidates(bench: Bench): Candidate[] {
  const { project, database, scratch, peer } = bench;
  const python = (name: string, peerName: PeerName): Candidate => ({
    name,
    run: () => afterWrite(bench, () => peer.run(peerName, database, scratch)),
  });
  return [
    { name: 'cp + fsync', run: () => afterWrite(bench, () => timeOf(() => copyAndSync(database, scratch))) },
    {
      name: 'feature-backups: snapshot, check, fsync',
      run: () => afterWrite(bench, () => timeOfAsync(() => backUp(project, { source: 'cli', reason: 'bench' }))),
    },
    python('Python Connection.backup, quick_check, fsync', 'backup_api'),
    python('Python VACUUM INTO, fsync', 'vacuum_into'),
    python('the original tool (no consistency, check or fsync)', 'original_tool'),
    { name: 'of it: two files and their folder synced', run: () => timeOf(() => syncAsBackup(bench)) },
    { name: 'of it: sql.js opens, checks, counts', run: () => timeOfAsync(() => checkAsBackup(bench)) },
  ];
}

/** Only the disk operations of a backup: writes and syncs the image, the metadata and their names. */
function syncAsBackup({ database, scratch }: Bench): void {
  const image = readFileSync(database);
  const metadata = `${scratch}.json`;
  for (const [path, content] of [
    [scratch, image],
    [metadata, image.subarray(0, 1024)],
  ] as const) {
    const descriptor = openSync(path, 'w', 0o600);
    writeSync(descriptor, content);
    fsyncSync(descriptor);
    closeSync(descriptor);
  }
  const folder = openSync(dirname(scratch), 'r');
  fsyncSync(folder);
  closeSync(folder);
  for (const path of [scratch, metadata]) unlinkSync(path);
}

/** Checks the database file itself, which has nearly the same pages as a snapshot of it. */
async function checkAsBackup({ database }: Bench): Promise<void> {
  const image = readFileSync(database);
  const { check } = await inspectImage(image, checkKindFor(image.length));
  if (!check.ok) throw new Error(check.problems.join('; '));
}

function coldCandidates(bench: Bench, around: ProcessEnvironment): Candidate[] {
  const { project, database, scratch } = bench;
  const command = [CLI, 'backup', project, '--reason', 'bench'];
  const idleDatabase = join(project, 'idle.db');
  copyFileSync(database, idleDatabase);
  return [
    { name: 'node -e 0', run: () => timeOfProcess(process.execPath, ['-e', '0'], around) },
    {
      name: 'feature-backups backup, changed',
      run: () => afterWrite(bench, () => timeOfProcess(process.execPath, command, around)),
    },
    { name: 'feature-backups backup, unchanged', run: () => timeOfProcess(process.execPath, command, around) },
    {
      name: 'of it: sql.js alone loads, opens, checks, counts',
      run: () => timeOfProcess(process.execPath, [SQL_JS_ALONE, idleDatabase], around),
    },
    {
      name: 'sqlite3 .backup',
      run: () => afterWrite(bench, () => timeOfProcess('sqlite3', [database, `.backup '${scratch}'`])),
    },
    {
      name: 'python3: Connection.backup, quick_check, fsync',
      run: () => afterWrite(bench, () => timeOfProcess('python3', [PEER_SCRIPT, 'backup_api', database, scratch])),
    },
    {
      name: 'python3: the original tool',
      run: () => afterWrite(bench, () => timeOfProcess('python3', [PEER_SCRIPT, 'original_tool', database, scratch])),
    },
  ];
}

export async function afterWrite(bench: Bench, run: () => Promise<number> | number): Promise<number> {
  await bench.peer.touch(bench.database);
  return run();
}

function copyAndSync(from: string, to: string): void {
  const descriptor = openSync(to, 'w', 0o600);
  writeSync(descriptor, readFileSync(from));
  fsyncSync(descriptor);
  closeSync(descriptor);
}
