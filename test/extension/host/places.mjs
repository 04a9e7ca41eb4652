// Where the VS Code for the tests is kept: outside the work tree, so that a fresh clone finds it again.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const codeServerVersion = '4.139.1';
const nodeVersion = '24.21.0';

const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');

export const versions = { codeServer: codeServerVersion, node: nodeVersion };
/** Its name tells what is in it, so that a new version gets a folder of its own. */
export const hostFolder =
  process.env.VSCODE_HOST_HOME ??
  join(cache, 'feature-backups-tests', `vscode-host-${codeServerVersion}-node-${nodeVersion}`);
export const serverMain = join(hostFolder, 'server/out/server-main.js');
export const hostNode = join(hostFolder, 'node/bin/node');

/** Debian's headless browser, or whichever is named; undefined where there is none. */
export function findChromium() {
  const named = process.env.VSCODE_HOST_CHROMIUM;
  if (named !== undefined) return named;
  return ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) =>
    existsSync(path),
  );
}
