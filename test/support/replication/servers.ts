import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Why rclone cannot be tested here; undefined if it can. */
export function withoutRclone(): string | undefined {
  return spawnSync('rclone', ['version']).status === 0 ? undefined : 'rclone is not installed';
}

const SSHD = '/usr/sbin/sshd';

/** Why an SSH server cannot be tested here; undefined if it can. */
export function withoutSshd(): string | undefined {
  return existsSync(SSHD) ? undefined : 'sshd is not installed';
}

/** A local server with a folder, and its rclone configuration. */
export interface RemoteServer {
  readonly port: number;
  /** A section of rclone's configuration. */
  configuration(name: string, port?: number): string;
  stop(): Promise<void>;
}

/** A WebDAV server; it stores no checksums. */
export async function startWebdav(folder: string): Promise<RemoteServer> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const child = spawn('rclone', ['serve', 'webdav', folder, '--addr', `127.0.0.1:${String(port)}`], {
    stdio: 'ignore',
  });
  await reachable(port, child);
  return {
    port,
    configuration: (name, through = port) =>
      `[${name}]\ntype = webdav\nurl = http://127.0.0.1:${String(through)}\nvendor = other\n`,
    stop: async () => await ended(child),
  };
}

/** OpenSSH's own server, with keys in a folder of the test. */
export async function startSshd(scratch: string): Promise<RemoteServer> {
  mkdirSync(scratch, { recursive: true, mode: 0o700 });
  const path = (name: string) => join(scratch, name);
  for (const key of ['host', 'user']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path(key)]);
  }
  const port = await freePort();
  writeFileSync(
    path('sshd_config'),
    [
      `Port ${String(port)}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${path('host')}`,
      `AuthorizedKeysFile ${path('user.pub')}`,
      `PidFile ${path('pid')}`,
      'PasswordAuthentication no',
      'PermitRootLogin yes',
      'StrictModes no',
      'UsePAM no',
      'Subsystem sftp internal-sftp',
      '',
    ].join('\n'),
  );
  // Required for its privilege separation; it does not start without it.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const child = spawn(SSHD, ['-D', '-e', '-f', path('sshd_config')], { stdio: 'ignore' });
  await reachable(port, child);
  return {
    port,
    configuration: (name, through = port) =>
      [
        `[${name}]`,
        'type = sftp',
        'host = 127.0.0.1',
        `port = ${String(through)}`,
        `user = ${userInfo().username}`,
        `key_file = ${path('user')}`,
        '',
      ].join('\n'),
    stop: async () => await ended(child),
  };
}

/** A proxy between a client and a server: cuts every connection after this many bytes to the server. */
export interface CuttingProxy {
  readonly port: number;
  /** The number of bytes sent to the server. */
  readonly passedBytes: number;
  /** Allows this many more bytes from now on; then the connection is dead. */
  allow(bytes: number): void;
  stop(): Promise<void>;
}

export async function startCuttingProxy(serverPort: number): Promise<CuttingProxy> {
  let passedBytes = 0;
  let limitBytes = Infinity;
  const sockets = new Set<{ destroy: () => unknown }>();
  const server = createServer((client) => {
    if (passedBytes >= limitBytes) {
      client.destroy();
      return;
    }
    const upstream = connect(serverPort, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    client.on('data', (chunk) => {
      passedBytes += chunk.length;
      if (passedBytes < limitBytes) upstream.write(chunk);
      else for (const socket of sockets) socket.destroy();
    });
    client.on('close', () => upstream.destroy());
    upstream.on('data', (chunk) => client.write(chunk)).on('close', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server.address()),
    get passedBytes() {
      return passedBytes;
    },
    allow: (bytes) => {
      limitBytes = passedBytes + bytes;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const port = portOf(probe.address());
  probe.close();
  await once(probe, 'close');
  return port;
}

function portOf(address: ReturnType<ReturnType<typeof createServer>['address']>): number {
  if (address === null || typeof address === 'string') throw new Error('A TCP server has a port');
  return address.port;
}

async function reachable(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`The server ended with ${String(child.exitCode)}`);
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await pause(20);
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
