import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import type { RemoteServer } from './replication/servers.js';

/** The server's only bucket. */
export const S3_BUCKET = 'backups';

/** A real S3 server on loopback, in its own process. */
export async function startS3Server(folder: string): Promise<RemoteServer> {
  const port = await freePort();
  await mkdir(folder, { recursive: true });
  const program = join(createRequire(import.meta.filename).resolve('s3rver/package.json'), '../bin/s3rver.js');
  const args = [
    '--directory',
    folder,
    '--address',
    '127.0.0.1',
    '--port',
    String(port),
    '--configure-bucket',
    S3_BUCKET,
  ];
  const server = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  // Its first line reports that it listens.
  await once(createInterface(server.stdout), 'line');
  return {
    port,
    configuration: (name, through = port) =>
      [
        `[${name}]`,
        'type = s3',
        'provider = Other',
        'access_key_id = S3RVER',
        'secret_access_key = S3RVER',
        `endpoint = http://127.0.0.1:${String(through)}`,
        'force_path_style = true',
        '',
      ].join('\n'),
    async stop() {
      const ended = once(server, 'exit');
      server.kill();
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('A TCP server has a port');
  return address.port;
}
