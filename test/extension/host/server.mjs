// Starts and stops VS Code's own server (a real Node extension host) and the browser that shows its workbench.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { findChromium, hostNode, serverMain } from './places.mjs';

const startTimeoutMs = 120_000;

// Keeps galleries, chat panels and experiments out of the way and off the network.
export const quietSettings = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'workbench.enableExperiments': false,
  'workbench.localHistory.enabled': false,
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/** Trust stays switched on, but nothing asks for it: a folder is then simply not trusted. */
export const untrustedSettings = {
  'security.workspace.trust.enabled': true,
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.banner': 'never',
};

/**
 * Starts the server; resolves with its port and a `stop`. `automation` makes a built workbench obey the test arguments;
 * it also hides toasts, so runs that look at the screen leave it off.
 */
export async function startServer({
  userData = mkdtempSync(join(tmpdir(), 'vscode-host-')),
  extensionsFolder,
  settings = {},
  isTrusted = true,
  automation = false,
  environment = {},
} = {}) {
  writeSettings(userData, settings);
  const args = serverArguments({ userData, extensionsFolder, isTrusted, automation });
  const child = spawn(hostNode, args, {
    env: { ...process.env, EXTENSIONS_GALLERY: '{}', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const kill = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  };
  const killAtExit = () => kill('SIGKILL');
  process.once('exit', killAtExit);
  const stop = async () => {
    if (child.exitCode === null) {
      const gone = new Promise((done) => child.once('exit', done));
      kill('SIGTERM');
      await Promise.race([gone, new Promise((done) => setTimeout(done, 5000).unref())]);
    }
    kill('SIGKILL');
    process.off('exit', killAtExit);
  };
  const output = { text: '' };
  const port = await listening(child, output);
  return { port, stop, userData, output: () => output.text };
}

function writeSettings(userData, settings) {
  const file = join(userData, 'User/settings.json');
  if (existsSync(file)) return;
  mkdirSync(join(userData, 'User'), { recursive: true });
  writeFileSync(file, JSON.stringify({ ...quietSettings, ...settings }, null, 2));
}

function serverArguments({ userData, extensionsFolder, isTrusted, automation }) {
  return [
    serverMain,
    ...['--host', '127.0.0.1', '--port', '0', '--without-connection-token', '--accept-server-license-terms'],
    ...['--telemetry-level', 'off', '--disable-telemetry', '--disable-update-check', '--log', 'info'],
    ...(isTrusted ? ['--disable-workspace-trust'] : []),
    ...['--server-data-dir', join(userData, 'server'), '--user-data-dir', userData],
    ...['--extensions-dir', extensionsFolder ?? join(userData, 'extensions')],
    ...(automation ? ['--enable-smoke-test-driver'] : []),
  ];
}

function listening(child, output) {
  return new Promise((done, failed) => {
    const timer = setTimeout(() => failed(new Error(`The server did not start:\n${output.text}`)), startTimeoutMs);
    const see = (data) => {
      output.text += data;
      const port = /Extension host agent listening on (\d+)/.exec(output.text)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      done(Number(port));
    };
    child.stdout.on('data', see);
    child.stderr.on('data', see);
    child.on('error', failed);
    child.on('exit', (code) => {
      clearTimeout(timer);
      failed(new Error(`The server ended with ${code}:\n${output.text}`));
    });
  });
}

export async function launchBrowser() {
  return await chromium.launch({
    executablePath: findChromium(),
    headless: true,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run', '--disable-sync'],
      ...['--disable-component-update', '--disable-dev-shm-usage'],
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
}

/** The address that opens a folder or `.code-workspace` (or nothing), with an extension and its tests where named. */
export function workbenchUrl(port, { folder, extension, tests } = {}) {
  const remote = (path) => `vscode-remote://127.0.0.1:${port}${pathToFileURL(resolve(path)).pathname}`;
  const payload = [
    ['skipWelcome', 'true'],
    ['skipReleaseNotes', 'true'],
  ];
  if (extension) payload.push(['extensionDevelopmentPath', remote(extension)]);
  if (tests) payload.push(['extensionTestsPath', remote(tests)]);
  const query = new URLSearchParams();
  if (folder === undefined) query.set('ew', 'true');
  else query.set(folder.endsWith('.code-workspace') ? 'workspace' : 'folder', folder);
  query.set('payload', JSON.stringify(payload));
  return `http://127.0.0.1:${port}/?${query}`;
}
