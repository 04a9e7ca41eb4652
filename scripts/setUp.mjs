// Installs the dependencies if they are missing or differ from package-lock.json, so that `npm test` and `npm run demo`
// work on a fresh clone. Uses only Node's modules, because it runs before any dependency is installed.
//
//   node scripts/setUp.mjs [a folder with a package-lock.json of its own]
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, process.argv[2] ?? '.');

if (!isInstalled()) install();

function isInstalled() {
  // npm writes the second file at the end of every install: the packages in node_modules.
  const expected = readPackages('package-lock.json');
  const installed = readPackages('node_modules/.package-lock.json');
  if (installed === undefined || expected === undefined) return false;
  // npm skips an optional package that it cannot download. If no package is installed, this may have been the reason.
  if (Object.keys(installed).length === 0) return false;
  // Comparing times would cause an install after every checkout that touches the lock file without changing it.
  return Object.entries(expected).every(
    ([name, { version, optional }]) =>
      name === '' || (installed[name] === undefined ? optional : installed[name].version === version),
  );
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(join(folder, path), 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function install() {
  console.error(`Installing the dependencies of ${folder} (npm ci) …`);
  // On Windows, npm is a .cmd file and needs a shell. The arguments are constant.
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (result.error) throw result.error;
  if (result.status !== 0) process.exit(result.status ?? 1);
}
