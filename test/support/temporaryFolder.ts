import { chmod, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'mocha';

export interface TemporaryFolder {
  /** The folder of the running test; its real path, empty at the start. */
  readonly path: string;
  /** A path inside it. */
  join(...parts: string[]): string;
}

/** Creates a new folder for every test of the enclosing `describe`, and removes it afterwards. */
export function useTemporaryFolder(): TemporaryFolder {
  let current: string | undefined;
  const path = (): string => {
    if (current === undefined) throw new Error('The temporary folder is available only in a running test');
    return current;
  };

  beforeEach('make a temporary folder', async () => {
    current = await makeTemporaryFolder();
  });
  afterEach('remove the temporary folder', async () => {
    const folder = path();
    current = undefined;
    await removeFolder(folder);
  });

  return {
    get path() {
      return path();
    },
    join: (...parts) => join(path(), ...parts),
  };
}

/** For code outside mocha's hooks; the caller removes it with `removeFolder`. */
export async function makeTemporaryFolder(): Promise<string> {
  return await realpath(await mkdtemp(join(tmpdir(), 'feature-backups-test-')));
}

/** Removes a folder even if a test removed write permissions inside it. */
export async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    await makeWritable(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
  }
}
