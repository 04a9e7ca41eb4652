import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { matchesGlob } from './glob.js';
import { instrument, type Mutant, type SourceFile } from './mutants.js';
import { roomOf, SLOW_TESTS, TESTS } from './rooms.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The files that a run keeps, in a folder that git and the linters ignore. */
export const MUTATION_FOLDER = join(ROOT, 'coverage/mutation');

/** A copy of the checkout whose sources and built programs contain the mutants of all rooms. */
export interface Checkout {
  readonly folder: string;
  readonly mutants: readonly Mutant[];
  /** The unchanged critical sources. */
  readonly sources: readonly SourceFile[];
  /** Paths in the checkout. */
  readonly testFiles: readonly string[];
}

/** Creates or updates the copy. Rebuilds it only if a source has changed. */
export async function prepareCheckout(): Promise<Checkout> {
  const folder = join(MUTATION_FOLDER, 'checkout');
  const files = await listFiles();
  const sources: SourceFile[] = [];
  for (const file of files.filter((name) => roomOf(name) !== undefined)) {
    sources.push({ file, text: await readFile(join(ROOT, file), 'utf8') });
  }
  const { mutants, instrumented } = await instrument(sources);
  const texts = new Map(instrumented.map(({ file, text }) => [file, text]));
  let isChanged = await removeOthers(folder, new Set(files));
  for (const file of files) {
    const bytes = texts.get(file) ?? (await readFile(join(ROOT, file)));
    const isNew = await writeIfChanged(join(folder, file), bytes, (await stat(join(ROOT, file))).mode);
    if (isNew && !file.startsWith('test/')) isChanged = true;
  }
  await link(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  if (isChanged) {
    console.log('Building the programs with the mutants in them');
    execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: folder, stdio: 'inherit' });
  }
  const testFiles = files.filter((file) => matchesAny(file, TESTS) && !matchesAny(file, SLOW_TESTS));
  return { folder, mutants, sources, testFiles };
}

function matchesAny(file: string, globs: readonly string[]): boolean {
  return globs.some((glob) => matchesGlob(file, glob));
}

/** Tracked files, and new ones that are not ignored. */
async function listFiles(): Promise<readonly string[]> {
  const options = { cwd: ROOT, maxBuffer: 1 << 26 };
  const listed = execFileSync('git', ['ls-files', '-z', '-c', '-o', '--exclude-standard'], options).toString();
  const present: string[] = [];
  for (const file of new Set(listed.split('\0').filter((name) => name !== ''))) {
    if ((await stat(join(ROOT, file)).catch(() => undefined))?.isFile()) present.push(file);
  }
  return present.sort();
}

/** Removes all other files from the copy. Returns whether a source was removed. */
async function removeOthers(folder: string, files: ReadonlySet<string>): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  let wasSourceRemoved = false;
  for (const top of await readdir(folder)) {
    if (top === 'node_modules' || top === 'dist') continue;
    const entries = await readdir(join(folder, top), { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name);
      const file = relative(folder, path);
      if (!entry.isFile() || files.has(file)) continue;
      await rm(path);
      if (!file.startsWith('test/')) wasSourceRemoved = true;
    }
  }
  return wasSourceRemoved;
}

async function writeIfChanged(path: string, content: string | Buffer, mode: number): Promise<boolean> {
  const bytes = Buffer.from(content);
  const present = await readFile(path).catch(() => undefined);
  if (present?.equals(bytes)) return false;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  await chmod(path, mode & 0o777);
  return true;
}

async function link(target: string, path: string): Promise<void> {
  await rm(path, { force: true });
  await symlink(target, path, 'junction');
}
