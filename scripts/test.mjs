// Runs the named test suites (folders of test/) with mocha, each in a separate process. The last line is
// "<passed> passed, <failed> failed". Exits non-zero if a test failed or a suite did not finish.
//
//   node scripts/test.mjs [--long] unit integration torture [-- mocha options]
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const mocha = fileURLToPath(new URL('../node_modules/mocha/bin/mocha.js', import.meta.url));

const { suites, isLong, mochaOptions } = parseArguments(process.argv.slice(2));
const scratch = await mkdtemp(join(tmpdir(), 'feature-backups-results-'));
const total = { passed: 0, failed: 0, pending: 0 };
try {
  for (const suite of suites) add(total, await runSuite(suite));
} finally {
  await rm(scratch, { recursive: true, force: true });
}
if (total.pending > 0) console.log(`${total.pending} skipped`);
if (total.passed === 0 && total.failed === 0) {
  console.error('No test ran.');
  process.exitCode = 1;
}
console.log(`${total.passed} passed, ${total.failed} failed`);
if (total.failed > 0) process.exitCode = 1;

function parseArguments(args) {
  const separator = args.indexOf('--');
  const own = separator === -1 ? args : args.slice(0, separator);
  return {
    suites: own.filter((argument) => !argument.startsWith('--')),
    isLong: own.includes('--long'),
    mochaOptions: separator === -1 ? [] : args.slice(separator + 1),
  };
}

async function runSuite(suite) {
  const folder = join(root, 'test', suite);
  if (!existsSync(folder) || !(await containsTests(folder))) {
    console.log(`\n# ${suite}: no tests\n`);
    return { passed: 0, failed: 0, pending: 0 };
  }
  console.log(`\n# ${suite}`);
  const resultFile = join(scratch, `${suite}.json`);
  const status = await runMocha(suite, resultFile);
  const stats = await readStats(resultFile);
  if (stats === undefined) {
    console.error(`${suite}: mocha ended (${status}) before it could report; counted as one failure.`);
    return { passed: 0, failed: 1, pending: 0 };
  }
  // A suite that reports no failure but exits with another code than 0 has failed outside its tests.
  const failed = stats.failures === 0 && status !== 0 ? 1 : stats.failures;
  return { passed: stats.passes, failed, pending: stats.pending };
}

async function containsTests(folder) {
  return (await readdir(folder, { recursive: true })).some((name) => name.endsWith('.test.ts'));
}

/** The extension's tests run inside VS Code, the others in a separate mocha process. */
function runMocha(suite, resultFile) {
  if (suite === 'extension') return runNode(['test/extension/host/runSuites.mjs', '--result-file', resultFile]);
  const reporter = join(root, 'scripts/countingReporter.cjs');
  const args = [mocha, '--reporter', reporter, '--reporter-option', `resultFile=${resultFile}`, ...mochaOptions];
  return runNode([...args, `test/${suite}/**/*.test.ts`]);
}

function runNode(args) {
  const env = { ...process.env, ...(isLong && { TEST_LENGTH: 'long' }) };
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? signal));
  });
}

async function readStats(resultFile) {
  try {
    return JSON.parse(await readFile(resultFile, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function add(sum, part) {
  for (const key of Object.keys(sum)) sum[key] += part[key];
}
