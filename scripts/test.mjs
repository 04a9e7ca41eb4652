// Runs the named test suites (folders of test/) with mocha. Suites that show no window run side by side, in as many
// processes as there are processor cores. The last line is "<passed> passed, <failed> failed". Exits non-zero if a test
// failed or a suite did not finish.
//
//   node scripts/test.mjs [--long] unit integration torture [-- mocha options]
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const mocha = fileURLToPath(new URL('../node_modules/mocha/bin/mocha.js', import.meta.url));

/** These show windows. Side by side, each would slow down the other's editor. */
const RUN_ALONE = ['extension', 'ui'];
/** Starting a process costs a second or two, so it runs some files. */
const FILES_PER_PART = 6;
const SLOWEST_SHOWN = 10;

const { suites, isLong, mochaOptions } = parseArguments(process.argv.slice(2));
const scratch = await mkdtemp(join(tmpdir(), 'feature-backups-results-'));
const results = [];
try {
  const parts = (await Promise.all(suites.map(partsOf))).flat();
  await runSideBySide(parts.filter(({ suite }) => !RUN_ALONE.includes(suite)));
  for (const part of parts.filter(({ suite }) => RUN_ALONE.includes(suite))) await runPart(part, 'at once');
} finally {
  await rm(scratch, { recursive: true, force: true });
}
report();

function parseArguments(args) {
  const separator = args.indexOf('--');
  const own = separator === -1 ? args : args.slice(0, separator);
  return {
    suites: own.filter((argument) => !argument.startsWith('--')),
    isLong: own.includes('--long'),
    mochaOptions: separator === -1 ? [] : args.slice(separator + 1),
  };
}

/** The parts of a suite, each for one process: the whole suite, or some files of one of its folders. */
async function partsOf(suite) {
  const folder = join(root, 'test', suite);
  const files = existsSync(folder) ? await testFilesIn(folder) : [];
  if (files.length === 0) {
    console.log(`\n# ${suite}: no tests\n`);
    return [];
  }
  if (suite !== 'integration') return [{ suite, title: suite, files: [`test/${suite}/**/*.test.ts`] }];
  return [...new Set(files.map((file) => dirname(file)))].flatMap((name) => {
    const ofFolder = files.filter((file) => dirname(file) === name);
    const count = Math.ceil(ofFolder.length / FILES_PER_PART);
    return Array.from({ length: count }, (_, index) => ({
      suite,
      title: `${relative('test', name)}${count === 1 ? '' : ` (${index + 1} of ${count})`}`,
      // Every n-th, because neighbours are often equally slow.
      files: ofFolder.filter((_file, at) => at % count === index),
    }));
  });
}

async function testFilesIn(folder) {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.test.ts'));
  return names.sort().map((name) => relative(root, join(folder, name)));
}

async function runSideBySide(parts) {
  const left = [...parts];
  const isAlone = parts.length === 1;
  const lane = async () => {
    for (let part = left.shift(); part !== undefined; part = left.shift()) {
      await runPart(part, isAlone ? 'at once' : 'at the end');
    }
  };
  await Promise.all(Array.from({ length: isAlone ? 1 : availableParallelism() }, lane));
}

/** Shows the output of parts that run side by side at their end, so that it is not mixed. */
async function runPart(part, output) {
  const startedAtMs = performance.now();
  const resultFile = join(scratch, `${part.title.replaceAll('/', '-')}.json`);
  const outputFile = `${resultFile}.txt`;
  if (output === 'at once') console.log(`\n# ${part.title}`);
  const status = await runNode(argumentsFor(part, resultFile), output === 'at the end' ? outputFile : undefined);
  if (output === 'at the end') console.log(`\n# ${part.title}\n${await readFile(outputFile, 'utf8')}`);
  const { passes, failures, pending, slowest } = await readResult(resultFile, part, status);
  const seconds = Math.round((performance.now() - startedAtMs) / 1000);
  results.push({ ...part, passes, failures, pending, slowest, seconds });
}

/** The extension's tests run inside VS Code, the others in a mocha process. */
function argumentsFor({ suite, files }, resultFile) {
  if (suite === 'extension') return ['test/extension/host/runSuites.mjs', '--result-file', resultFile];
  const reporter = join(root, 'scripts/countingReporter.cjs');
  return [mocha, '--reporter', reporter, '--reporter-option', `resultFile=${resultFile}`, ...mochaOptions, ...files];
}

/** Into a file, because a process that a test leaves behind would keep a pipe open. */
async function runNode(args, outputFile) {
  const env = { ...process.env, ...(isLong && { TEST_LENGTH: 'long' }) };
  if (outputFile !== undefined && process.stdout.isTTY) env.FORCE_COLOR ??= '1';
  const file = outputFile === undefined ? undefined : await open(outputFile, 'a');
  try {
    const output = file?.fd ?? 'inherit';
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['inherit', output, output] });
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) => resolve(code ?? signal));
    });
  } finally {
    await file?.close();
  }
}

async function readResult(resultFile, { title }, status) {
  try {
    const result = JSON.parse(await readFile(resultFile, 'utf8'));
    // A part that reports no failure but exits with another code than 0 has failed outside its tests.
    return result.failures === 0 && status !== 0 ? { ...result, failures: 1 } : result;
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    console.error(`${title}: mocha ended (${status}) before it could report; counted as one failure.`);
    return { passes: 0, failures: 1, pending: 0 };
  }
}

function report() {
  const [passed, failed, pending] = ['passes', 'failures', 'pending'].map((key) =>
    results.reduce((sum, result) => sum + result[key], 0),
  );
  printTimes();
  for (const { title, failures } of results.filter(({ failures }) => failures > 0)) {
    console.log(`Failed: ${title} (${failures})`);
  }
  if (pending > 0) console.log(`${pending} skipped`);
  if (passed === 0 && failed === 0) {
    console.error('No test ran.');
    process.exitCode = 1;
  }
  console.log(`${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

function printTimes() {
  const slowest = results.flatMap((result) => result.slowest ?? []).sort((a, b) => b.seconds - a.seconds);
  console.log('\nTime of each part, in seconds:');
  for (const { title, seconds } of results.toSorted((a, b) => b.seconds - a.seconds)) {
    console.log(`${String(seconds).padStart(6)}  ${title}`);
  }
  if (slowest.length > 0) console.log('\nThe slowest tests, in seconds:');
  for (const { title, seconds } of slowest.slice(0, SLOWEST_SHOWN)) {
    console.log(`${seconds.toFixed(1).padStart(6)}  ${title}`);
  }
  console.log('');
}
