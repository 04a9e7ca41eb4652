import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** Things other than a lock file, each created under a name that must be free. */
export const OBSTACLES: Readonly<Record<string, (path: string) => void>> = {
  'a folder': (path) => mkdirSync(path),
  'a folder with files in it': (path) => {
    mkdirSync(path);
    writeFileSync(join(path, 'precious'), 'precious');
  },
  'a link that leads nowhere': (path) => symlinkSync('/nowhere/at/all', path),
  'a pipe': (path) => {
    const { status, stderr } = spawnSync('mkfifo', [path], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  },
};

/** A socket exists as long as its server; returns a function to end it. */
export async function makeSocket(path: string): Promise<() => Promise<void>> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return async () => await new Promise<void>((resolve) => server.close(() => resolve()));
}
