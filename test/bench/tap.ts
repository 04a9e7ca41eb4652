import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { behindTap, type ServerCommand } from '../support/mcp/servers.js';
import { makeFeatureDatabase } from '../support/pythonSqlite.js';
import { makeTemporaryFolder, removeFolder } from '../support/temporaryFolder.js';
import { median } from './measure.js';
import { printTable } from './table.js';

/** One line of the table: what was measured, with its target. */
export interface TapMeasurement {
  readonly what: string;
  readonly value: number;
  readonly unit: 'ms' | 'times';
  readonly target: number;
}

/** As a table, for `npm run bench`. */
export async function benchTap(): Promise<void> {
  const rows = (await measureTap()).map(({ what, value, unit, target }) => [
    what,
    `${value.toFixed(2)} ${unit === 'ms' ? 'ms' : 'x'}`,
    `${target} ${unit === 'ms' ? 'ms' : 'x'}`,
  ]);
  printTable('The tap', ['what', 'median', 'target'], rows);
}

/** The latency that the tap adds, and the time that it takes to start; medians of one run. */
export async function measureTap(): Promise<readonly TapMeasurement[]> {
  const folder = await makeTemporaryFolder();
  try {
    makeFeatureDatabase(join(folder, 'features.db'), { features: FEATURES, passing: 0 });
    const cat = { command: 'cat', args: [] };
    const tapped = behindTap(cat, '--project', folder);
    const direct = median(await roundTrips(cat, () => READ, 2000));
    const reads = median(await roundTrips(tapped, () => READ, 2000));
    const server = { command: 'python3', args: ['-I', '-S', '-u', '-c', WRITER, join(folder, 'features.db')] };
    const plain = median(await roundTrips(server, writeCall, 200));
    const writes = median(await roundTrips(behindTap(server, '--project', folder), writeCall, 200));
    const { bare, cold } = await coldStarts(tapped, 25);
    return [
      { what: 'added to a read or another message', value: reads - direct, unit: 'ms', target: 0.3 },
      { what: 'added to a write, 0.4 MB', value: writes - plain, unit: 'ms', target: 10 },
      {
        what: 'cold start until the first message has passed, against node -e 0',
        value: cold / bare,
        unit: 'times',
        target: 1.5,
      },
    ];
  } finally {
    await removeFolder(folder);
  }
}

/** A database of 0.4 MB. */
const FEATURES = 2050;

const READ = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"feature_get_stats","arguments":{}}}\n';

function writeCall(id: number): string {
  return `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"feature_mark_passing","arguments":{"feature_id":${1 + (id % FEATURES)}}}}\n`;
}

/** Round trips in milliseconds; the first tenth is warm-up and is dropped. */
async function roundTrips(
  command: ServerCommand,
  line: (n: number) => string,
  count: number,
): Promise<readonly number[]> {
  const child = start(command);
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    const startedAt = performance.now();
    child.stdin.write(line(n));
    await answer(child.stdout);
    if (n >= count / 10) times.push(performance.now() - startedAt);
  }
  await stop(child);
  return times;
}

/** Alternately, so that other load on the machine affects both equally. */
async function coldStarts(
  tapped: ServerCommand,
  rounds: number,
): Promise<{ readonly bare: number; readonly cold: number }> {
  const bare: number[] = [];
  const cold: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const bareAt = performance.now();
    await once(start({ command: process.execPath, args: ['-e', '0'] }), 'exit');
    bare.push(performance.now() - bareAt);
    const coldAt = performance.now();
    const child = start(tapped);
    child.stdin.write(READ);
    await answer(child.stdout);
    cold.push(performance.now() - coldAt);
    await stop(child);
  }
  return { bare: median(bare), cold: median(cold) };
}

type Child = ChildProcessByStdio<Writable, Readable, null>;

function start({ command, args }: ServerCommand): Child {
  return spawn(command, [...args], { stdio: ['pipe', 'pipe', 'inherit'] });
}

async function answer(stdout: Readable): Promise<void> {
  for (;;) {
    const [chunk] = (await once(stdout, 'data')) as [Buffer];
    if (chunk.at(-1) === 0x0a) return;
  }
}

async function stop(child: Child): Promise<void> {
  const ended = once(child, 'close');
  child.stdin.end();
  child.stdout.resume();
  await ended;
}

const WRITER = `
import json, sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('PRAGMA journal_mode=WAL')
for line in sys.stdin:
  call = json.loads(line)
  c.execute('UPDATE features SET passes = 1 - passes WHERE id=?', (call['params']['arguments']['feature_id'],))
  print(json.dumps({'jsonrpc': '2.0', 'id': call['id'], 'result': {}}))
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchTap();
