import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { realPorts, type Ports } from '../../../core/system/ports.js';

/** The faults of the remote; without any, it stores what it receives. */
export interface RemoteFaults {
  /** What it stores instead of a file: `flipped` has the same size. */
  readonly stores?: 'flipped' | 'shorter' | 'longer' | 'nothing';
  /** Only this file is affected. */
  readonly file?: string;
  /** Algorithms of the checksums that it lists. */
  readonly hashes?: readonly string[];
  /** It lists checksums of the received data, whatever it stored. */
  readonly claimsHashes?: boolean;
  /** An algorithm with a wrong checksum. */
  readonly wrongHash?: string;
  /** It delivers nothing, although it lists the files. */
  readonly delivers?: 'nothing';
  /** Its listing, instead of its files. */
  readonly listing?: string;
  /** It is killed before it prints anything. */
  readonly dies?: boolean;
  /** Exit codes by command: `copy`, `lsjson`, `delete`. */
  readonly exits?: Readonly<Record<string, number>>;
}

const PROGRAM = `
// rclone counts more than the content of a file.
const MORE_COUNTED_BYTES = 1000;
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const { join } = require('node:path');
const remote = process.env.FAKE_REMOTE;
const faults = JSON.parse(process.env.FAKE_FAULTS);
const [command, ...rest] = process.argv.slice(2);
const places = rest.filter((arg) => !arg.startsWith('--')).map((arg) => (arg.startsWith('fake:') ? remote : arg));
fs.appendFileSync(remote + '.log', [command, ...rest].join(' ') + '\\n');
if (faults.dies) process.kill(process.pid, 'SIGKILL');
if (faults.exits?.[command]) process.exit(faults.exits[command]);
const given = rest.includes('--files-from-raw=-') ? fs.readFileSync(0, 'utf8').split('\\n').filter(Boolean) : undefined;
const names = (folder) => (given ?? fs.readdirSync(folder)).filter((name) => fs.existsSync(join(folder, name)));
const damage = { flipped: (c) => (c[0] ^= 255, c), shorter: (c) => c.subarray(1), longer: (c) => Buffer.concat([c, Buffer.alloc(1)]) };
if (command === 'copy') {
  const [from, to] = places;
  const limit = rest.find((arg) => arg.startsWith('--max-transfer='));
  let countedBytes = 0;
  for (const name of names(from)) {
    let content = fs.readFileSync(join(from, name));
    if (to === remote) fs.writeFileSync(join(remote + '.sent', name), content);
    else if (faults.delivers === 'nothing') continue;
    countedBytes += content.length + MORE_COUNTED_BYTES;
    if (limit && countedBytes > Number(limit.slice('--max-transfer='.length, -1))) process.exit(8);
    const isDamaged = to === remote && faults.stores && (faults.file ?? name) === name;
    if (isDamaged && faults.stores === 'nothing') continue;
    if (isDamaged) content = damage[faults.stores](content);
    fs.writeFileSync(join(to, name), content);
  }
}
const isFolder = (name) => fs.statSync(join(remote, name)).isDirectory();
if (command === 'lsjson' && faults.listing) process.stdout.write(faults.listing);
else if (command === 'lsjson' && rest.includes('--dirs-only')) {
  process.stdout.write(JSON.stringify(names(remote).filter(isFolder).map((Name) => ({ Name, Size: -1, IsDir: true }))));
} else if (command === 'lsjson') {
  const shown = rest.includes('--files-only') ? (name) => !isFolder(name) : () => true;
  const entries = names(remote).filter(shown).map((name) => {
    const stored = fs.readFileSync(join(remote, name));
    const hashed = faults.claimsHashes ? fs.readFileSync(join(remote + '.sent', name)) : stored;
    const hash = (algorithm) => (algorithm === faults.wrongHash ? '0'.repeat(32) : createHash(algorithm).update(hashed).digest('hex'));
    const known = (rest.includes('--hash') ? (faults.hashes ?? []) : []).map((algorithm) => [algorithm, hash(algorithm)]);
    return { Name: name, Size: stored.length, Hashes: Object.fromEntries(known) };
  });
  process.stdout.write(JSON.stringify(entries));
}
if (command === 'delete') for (const name of names(remote)) fs.rmSync(join(remote, name));
`;

export interface FakeRclone {
  /** The folder behind the remote `fake:`. */
  readonly stored: string;
  /** The commands run, with their arguments, one per line. */
  readonly log: string;
  portsWith(faults: RemoteFaults): Ports;
}

/** An `rclone` on PATH with one remote, `fake:`, whose faults a test chooses. */
export function makeFakeRclone(folder: string): FakeRclone {
  const stored = join(folder, 'stored');
  const bin = join(folder, 'bin');
  for (const path of [stored, `${stored}.sent`, bin]) if (!existsSync(path)) mkdirSync(path, { recursive: true });
  writeFileSync(join(folder, 'rclone.cjs'), PROGRAM);
  const script = `#!/bin/sh\nexec '${process.execPath}' '${join(folder, 'rclone.cjs')}' "$@"\n`;
  writeFileSync(join(bin, 'rclone'), script, { mode: 0o755 });
  return {
    stored,
    log: `${stored}.log`,
    portsWith: (faults) => ({
      ...realPorts(),
      environment: {
        PATH: [bin, '/usr/bin', '/bin'].join(delimiter),
        FAKE_REMOTE: stored,
        FAKE_FAULTS: JSON.stringify(faults),
      },
    }),
  };
}
