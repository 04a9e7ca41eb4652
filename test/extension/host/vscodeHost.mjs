#!/usr/bin/env node
// Stands in for a desktop VS Code: takes the arguments that @vscode/test-electron passes, runs the tests in a real
// extension host under the real workbench, and exits with 0 or 1 as they say.
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArguments } from './arguments.mjs';
import { launchBrowser, startServer, workbenchUrl } from './server.mjs';

const testTimeoutMs = Number(process.env.VSCODE_HOST_TEST_MS ?? 600_000);
const runner = join(import.meta.dirname, 'vscodeHostRunner.cjs');

const args = parseArguments(process.argv.slice(2));
if (args.tests === undefined) {
  console.error('vscodeHost: --extensionTestsPath is required');
  process.exit(2);
}
const runFolder = mkdtempSync(join(tmpdir(), 'vscode-host-'));
const printer = followOutput(join(runFolder, 'output.jsonl'));
let server;
let browser;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => void stop().finally(() => process.exit(130)));
}
try {
  server = await startServer({
    automation: true,
    userData: args.userData ?? join(runFolder, 'user-data'),
    extensionsFolder: args.extensionsFolder,
    isTrusted: process.env.VSCODE_HOST_UNTRUSTED === undefined,
    environment: {
      VSCODE_HOST_RUN_FOLDER: runFolder,
      VSCODE_HOST_TESTS: resolve(args.tests),
      // Only for VS Code: this program finds its own parts in the real home.
      ...(process.env.VSCODE_HOST_USER_HOME !== undefined && { HOME: process.env.VSCODE_HOST_USER_HOME }),
    },
  });
  browser = await launchBrowser();
  process.exitCode = await runTests();
} catch (error) {
  console.error(`vscodeHost: ${error?.stack ?? error}`);
  process.exitCode = 1;
} finally {
  await stop();
}

async function runTests() {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const log = [];
  const ended = new Promise((done, failed) => {
    const late = () => failed(new Error(`no result from the extension host after ${testTimeoutMs} ms`));
    setTimeout(late, testTimeoutMs).unref();
    void page.exposeFunction('codeAutomationLog', (type, words) => log.push(`${type} ${words.join(' ')}`));
    void page.exposeFunction('codeAutomationExit', (code) => done(code));
    page.on('crash', () => failed(new Error('the workbench page crashed')));
  });
  ended.catch(() => {});
  try {
    await page.goto(workbenchUrl(server.port, { folder: args.folder, extension: args.extension, tests: runner }));
    const code = await ended;
    const result = join(runFolder, 'result.json');
    // A host that crashes is reported by the workbench as a success.
    if (!existsSync(result)) throw new Error('the extension host ended before the tests did');
    return code || JSON.parse(readFileSync(result, 'utf8')).code;
  } catch (error) {
    printer.drain();
    console.error(`vscodeHost: ${error.message}`);
    for (const line of complaints(log)) console.error(`  ${line}`);
    return 1;
  }
}

function complaints(log) {
  const fromWorkbench = log.filter((line) => /^(error|warn)/.test(line) && !/ServiceWorker|open-vsx/.test(line));
  const fromServer = server
    .output()
    .split('\n')
    .filter((line) => /exited with code|rror/.test(line) && !/open-vsx/.test(line));
  return [...fromWorkbench.slice(-10), ...fromServer.slice(-10)].map((line) => line.slice(0, 400));
}

async function stop() {
  await browser?.close().catch(() => {});
  await server?.stop();
  printer.stop();
  rmSync(runFolder, { recursive: true, force: true });
}

/** Passes on what the tests print, which the runner leaves in a file. */
function followOutput(path) {
  writeFileSync(path, '');
  let position = 0;
  let rest = Buffer.alloc(0);
  const drain = () => {
    if (!existsSync(path)) return;
    const file = openSync(path, 'r');
    const chunk = Buffer.alloc(1 << 16);
    for (let count; (count = readSync(file, chunk, 0, chunk.length, position)) > 0; position += count) {
      rest = Buffer.concat([rest, chunk.subarray(0, count)]);
    }
    closeSync(file);
    for (let end; (end = rest.indexOf('\n')) !== -1; rest = rest.subarray(end + 1)) {
      const [stream, text] = JSON.parse(rest.subarray(0, end).toString());
      (stream === 'out' ? process.stdout : process.stderr).write(text);
    }
  };
  const timer = setInterval(drain, 100);
  const stopFollowing = () => {
    clearInterval(timer);
    drain();
  };
  return { drain, stop: stopFollowing };
}
