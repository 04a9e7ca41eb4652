// Builds the bundles of bundles.mjs into dist/, and adds sql.js's WebAssembly, the git hooks' script and the licences.
import { chmod, copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { bundles, commonJs, programs, root, shared } from './bundles.mjs';
import { withCompilationHints } from './compilationHints.mjs';

const dist = join(root, 'dist');
const SCRIPTS = ['hooks/gitHook.sh', 'launch/launch.sh'];

await mkdir(dist, { recursive: true });
try {
  const [inputs] = await Promise.all([Promise.all(bundles.map(bundle)), copyWebAssembly(), ...SCRIPTS.map(copyScript)]);
  await Promise.all(programs.map(bundleProgram));
  await hintWebAssembly();
  await writeLicences(new Set(inputs.flat()));
} catch (error) {
  // esbuild has printed its own errors already, with file and line.
  if (!Array.isArray(error.errors)) throw error;
  process.exitCode = 1;
}

async function bundle(options) {
  const { metafile } = await build({ ...shared, ...options, metafile: true });
  return Object.keys(metafile.inputs);
}

async function bundleProgram({ entryPoints, outfile }) {
  const build = JSON.stringify(await hashOfBundles());
  await bundle({
    entryPoints,
    outfile,
    ...commonJs,
    // An old Node.js must be able to read them, to report that it is too old.
    target: 'node12',
    define: { ...commonJs.define, __FEATURE_BACKUPS_BUILD__: build },
    sourcemap: false,
    minify: true,
  });
  await chmod(join(root, outfile), 0o755);
}

/** Identifies the build, independently of the times and lengths of its files. */
async function hashOfBundles() {
  const hash = createHash('sha256');
  for (const { outfile } of bundles) {
    if (outfile.endsWith('.cjs')) hash.update(await readFile(join(root, outfile)));
  }
  return hash.digest('hex').slice(0, 16);
}

async function copyWebAssembly() {
  await copyFile(sqlJs('sql-wasm.wasm'), join(dist, 'sql-wasm.wasm'));
}

/** The last step, because it runs a backup with the finished bundles to find the functions that a backup uses. */
async function hintWebAssembly() {
  const wasm = await readFile(sqlJs('sql-wasm.wasm'));
  await writeFile(join(dist, 'sql-wasm.wasm'), await withCompilationHints(wasm, join(dist, 'feature-backups.cjs')));
}

function sqlJs(file) {
  return createRequire(import.meta.url).resolve(`sql.js/dist/${file}`);
}

/** Each script with the part that finds node, because gitHook.sh is installed into repositories alone. */
async function copyScript(path) {
  const [script, part] = await Promise.all(
    [path, 'launch/findNode.sh'].map((file) => readFile(join(root, file), 'utf8')),
  );
  const included = script.replace(/^.*findNode\.sh" # included by the build\n/m, () => part);
  if (included === script) throw new Error(`${path} does not include findNode.sh`);
  const target = join(dist, basename(path));
  await writeFile(target, included);
  await chmod(target, 0o755);
}

/** The bundles contain third-party packages, whose licences require a copy of the text. */
async function writeLicences(inputs) {
  const packages = new Set(
    [...inputs].map((input) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]).filter(Boolean),
  );
  const texts = await Promise.all([...packages].sort().map(licenceOf));
  await writeFile(join(dist, 'THIRD-PARTY-LICENSES.txt'), texts.join(`\n${'-'.repeat(80)}\n\n`));
}

async function licenceOf(folder) {
  const {
    name,
    version: packageVersion,
    license,
  } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
  const file = (await readdir(join(root, folder))).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? '' : await readFile(join(root, folder, file), 'utf8');
  return `${name} ${packageVersion} (${license})\n\n${text}`;
}
