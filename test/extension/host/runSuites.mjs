// Runs the extension's tests in a real VS Code, through @vscode/test-electron: one start of VS Code for each kind of
// workspace (a folder of test/extension). VSCODE_EXECUTABLE names a VS Code to use; otherwise the host beside this file
// is used where it can be built, and VS Code is downloaded where it cannot.
//
//   node test/extension/host/runSuites.mjs [--result-file FILE] [--only KIND] [-- mocha's --grep value]
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { quietSettings, untrustedSettings } from './server.mjs';
import { isHostPossible, setUpHost } from './setUpHost.mjs';
import { workspaces } from './workspaces.mjs';

const root = join(import.meta.dirname, '../../..');
const suitesFolder = join(root, 'test/extension');
// Inside the extension's folder, so that the tests get the extension's own `vscode`; git ignores it.
const bundles = join(root, 'node_modules/.cache/feature-backups-extension-tests');

const { values, positionals } = parseArgs({
  options: { 'result-file': { type: 'string' }, only: { type: 'string' } },
  allowPositionals: true,
});
const ownHostPath = join(import.meta.dirname, 'vscodeHost.mjs');
const executable = process.env.VSCODE_EXECUTABLE ?? (await ownHost());
const total = { passes: 0, failures: 0, pending: 0 };
for (const kind of Object.keys(workspaces)) {
  if (values.only !== undefined && values.only !== kind) continue;
  const counts = await runKind(kind);
  for (const key of Object.keys(total)) total[key] += counts[key];
}
if (values['result-file']) await writeFile(values['result-file'], JSON.stringify(total));
if (total.failures > 0) process.exitCode = 1;

async function ownHost() {
  if (!isHostPossible) return undefined;
  await setUpHost();
  return ownHostPath;
}

async function runKind(kind) {
  const files = await testFiles(kind);
  if (files.length === 0) return { passes: 0, failures: 0, pending: 0 };
  console.log(`\n## in VS Code: ${kind}`);
  const scratch = await realpath(await mkdtemp(join(tmpdir(), 'feature-backups-extension-')));
  const resultFile = join(scratch, 'result.json');
  try {
    const extensionTestsPath = await bundleSuite(kind, files);
    const { isTrusted, prepare } = workspaces[kind];
    const userData = join(scratch, 'user-data');
    await writeSettings(userData, isTrusted ? {} : untrustedSettings);
    const workspace = await prepare(scratch);
    const home = join(scratch, 'home');
    // The creation of the vault shows a notice.
    await mkdir(join(home, 'vault'), { recursive: true });
    await runTests({
      ...(executable !== undefined && { vscodeExecutablePath: executable }),
      extensionDevelopmentPath: root,
      extensionTestsPath,
      launchArgs: [
        ...(workspace === undefined ? [] : [workspace]),
        ...['--user-data-dir', userData, '--disable-extensions'],
      ],
      extensionTestsEnv: {
        // runTests() itself always asks for trust in everything.
        ...(!isTrusted && { VSCODE_HOST_UNTRUSTED: '1' }),
        // A user of its own: nothing of the real one's projects, configuration and state.
        [executable === ownHostPath ? 'VSCODE_HOST_USER_HOME' : 'HOME']: home,
        XDG_CONFIG_HOME: join(home, '.config'),
        FEATURE_BACKUPS_STATE: join(home, 'state'),
        FEATURE_BACKUPS_VAULT: join(home, 'vault'),
        FEATURE_BACKUPS_TEST_RESULT: resultFile,
        FEATURE_BACKUPS_TEST_SCRATCH: scratch,
        ...(positionals[0] !== undefined && { FEATURE_BACKUPS_TEST_GREP: positionals[0] }),
      },
    });
  } catch (error) {
    // Failed tests are already reported and counted.
    if (!existsSync(resultFile)) console.error(error);
  }
  const counts = await readCounts(resultFile);
  await rm(scratch, { recursive: true, force: true });
  return counts;
}

async function testFiles(kind) {
  const folder = join(suitesFolder, kind);
  if (!existsSync(folder)) return [];
  return (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.test.ts')).sort();
}

/** One CommonJS file a suite: the extension host loads no TypeScript. */
async function bundleSuite(kind, files) {
  const outfile = join(bundles, kind, 'index.cjs');
  await mkdir(join(bundles, kind), { recursive: true });
  const reporter = join(root, 'scripts/countingReporter.cjs');
  const contents = `
    const Mocha = require('mocha');
    exports.run = async () => {
      const mocha = new Mocha({
        ui: 'bdd', timeout: 30000, color: false, grep: process.env.FEATURE_BACKUPS_TEST_GREP,
        reporter: ${JSON.stringify(reporter)},
        reporterOptions: { resultFile: process.env.FEATURE_BACKUPS_TEST_RESULT },
      });
      mocha.suite.emit('pre-require', globalThis, 'bundle', mocha);
      ${files.map((file) => `require(${JSON.stringify(join(suitesFolder, kind, file))});`).join('\n')}
      const failures = await new Promise((done) => mocha.run(done));
      if (failures > 0) throw new Error(failures + ' tests failed');
    };`;
  await build({
    stdin: { contents, resolveDir: root, sourcefile: `${kind}.cjs` },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    // jsonc-parser's other form loads its parts in a way that no bundler follows.
    mainFields: ['module', 'main'],
    external: ['vscode', 'mocha', reporter],
    // What tests use of the engine finds its parts where the extension's own does.
    define: {
      'import.meta.dirname': JSON.stringify(join(root, 'dist')),
      'import.meta.filename': JSON.stringify(join(root, 'dist/tests.cjs')),
      __FEATURE_BACKUPS_VERSION__: '"test"',
    },
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  return outfile;
}

async function writeSettings(userData, settings) {
  await mkdir(join(userData, 'User'), { recursive: true });
  await writeFile(join(userData, 'User/settings.json'), JSON.stringify({ ...quietSettings, ...settings }, null, 2));
}

/** A suite that ended before it could report is one failure. */
async function readCounts(resultFile) {
  if (!existsSync(resultFile)) return { passes: 0, failures: 1, pending: 0 };
  return JSON.parse(await readFile(resultFile, 'utf8'));
}
