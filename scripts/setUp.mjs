// Installs the dependencies if they are missing or differ from package-lock.json, so that `npm test` and `npm run demo`
// work on a fresh clone. Uses only Node's modules, because it runs before any dependency is installed.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

if (!isInstalled()) install();

function isInstalled() {
  // npm writes the second file at the end of every install: the packages in node_modules.
  const expected = readPackages('package-lock.json');
  const installed = readPackages('node_modules/.package-lock.json');
  if (installed === undefined || expected === undefined) return false;
  // Comparing times would cause an install after every checkout that touches the lock file without changing it.
  return Object.entries(expected).every(
    ([folder, { version, optional }]) =>
      folder === '' || (installed[folder] === undefined ? optional : installed[folder].version === version),
  );
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function install() {
  console.error('Installing the dependencies (npm ci) …');
  // On Windows, npm is a .cmd file and needs a shell. The arguments are constant.
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (result.error) throw result.error;
  if (result.status !== 0) process.exit(result.status ?? 1);
}
