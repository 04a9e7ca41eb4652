// Bundles what is shipped into dist/: one CommonJS file for each program (one file, so that little but itself is
// looked up at start), one ES module for the library, and sql.js's WebAssembly beside them.
import { chmod, copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { withCompilationHints } from './compilationHints.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  // jsonc-parser's CommonJS build asks for its parts in a way that no bundler follows.
  mainFields: ['module', 'main'],
  target: 'node20.19',
  // Shorter files start faster; names stay, for stack traces that can be read.
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'linked',
  logLevel: 'warning',
  define: { __FEATURE_BACKUPS_VERSION__: JSON.stringify(version) },
};

/** sql.js is in a file of its own: what backs up an unchanged database must not wait until it is read. */
const sqlJsApart = {
  name: 'sql.js apart',
  setup({ onResolve }) {
    onResolve({ filter: /^sql\.js$/ }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: './sql-js.cjs', external: true },
    );
  },
};

/** A CommonJS file has no import.meta; its own two variables say the same. */
const commonJs = {
  format: 'cjs',
  define: { ...shared.define, 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
  // `import()` becomes `require`: Node's loader of ES modules would cost a short run milliseconds.
  supported: { 'dynamic-import': false },
  plugins: [sqlJsApart],
};

const bundles = [
  { entryPoints: ['sql.js'], outfile: 'dist/sql-js.cjs', ...commonJs },
  { entryPoints: ['cli/main.ts'], outfile: 'dist/cli.cjs', ...commonJs },
  { entryPoints: ['cli/backupMain.ts'], outfile: 'dist/backup.cjs', ...commonJs },
  // What the git hooks run, without the command line around it: a commit waits for it to load.
  { entryPoints: ['hooks/gitHook.ts'], outfile: 'dist/git-hook-main.cjs', ...commonJs },
  // Started by the others, in a thread, where a database looks as if its reading might not end.
  { entryPoints: ['core/database/taskWorker.ts'], outfile: 'dist/task-worker.cjs', ...commonJs },
  // What sends mail, loaded by whoever has one to send.
  { entryPoints: ['core/notify/mailer.ts'], outfile: 'dist/mailer.cjs', ...commonJs },
  // The tap is a file of its own, and so is the engine that its thread runs: an MCP client waits for the first to load.
  { entryPoints: ['mcp/tap/main.ts'], outfile: 'dist/tap.cjs', ...commonJs },
  { entryPoints: ['mcp/tap/worker.ts'], outfile: 'dist/tap-worker.cjs', ...commonJs },
  { entryPoints: ['mcp/server/main.ts'], outfile: 'dist/mcp-server.cjs', ...commonJs },
  // Runs for weeks: nothing in it is set for a short run.
  { entryPoints: ['cli/watchMain.ts'], outfile: 'dist/watch.cjs', ...commonJs },
  { entryPoints: ['hooks/claudeHook.ts'], outfile: 'dist/agent-hook.cjs', ...commonJs },
  {
    // The extension's part in the editor's own process: light, so no engine in it.
    entryPoints: ['extension/main.ts'],
    outfile: 'dist/extension.cjs',
    ...commonJs,
    target: 'node22',
    external: ['vscode'],
  },
  {
    entryPoints: ['extension/engine/engineHost.ts'],
    outfile: 'dist/engine-host.cjs',
    ...commonJs,
    target: 'node22',
  },
  // The timeline's page: a script and a style sheet for the web view.
  ...['timeline.ts', 'timeline.css'].map((file) => ({
    entryPoints: [`media/timeline/${file}`],
    outfile: `dist/timeline/${file.replace('.ts', '.js')}`,
    platform: 'browser',
    format: 'iife',
    mainFields: ['module', 'main'],
    target: 'chrome130',
    minify: true,
  })),
  {
    entryPoints: ['core/engine.ts'],
    outfile: 'dist/index.js',
    format: 'esm',
    // The CommonJS packages inside (sql.js) ask for these three.
    banner: {
      js: [
        "import { createRequire as __createRequire } from 'node:module';",
        'const require = __createRequire(import.meta.url), __dirname = import.meta.dirname, __filename = import.meta.filename;',
      ].join('\n'),
    },
  },
];

/** The first files: they load one of the bundles above, through a cache of what V8 has compiled of it. */
const programs = [
  { entryPoints: ['cli/start.ts'], outfile: 'dist/feature-backups.cjs' },
  { entryPoints: ['hooks/startGitHook.ts'], outfile: 'dist/git-hook.cjs' },
];

await mkdir(dist, { recursive: true });
try {
  const [inputs] = await Promise.all([Promise.all(bundles.map(bundle)), copyWebAssembly(), copyGitHookScript()]);
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
    define: { ...commonJs.define, __FEATURE_BACKUPS_BUILD__: build },
    sourcemap: false,
    minify: true,
  });
  await chmod(join(root, outfile), 0o755);
}

/** Tells one build from another, whatever times and lengths its files have. */
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

/** Once all is there, for a backup is made to see what it runs. */
async function hintWebAssembly() {
  const wasm = await readFile(sqlJs('sql-wasm.wasm'));
  await writeFile(join(dist, 'sql-wasm.wasm'), await withCompilationHints(wasm, join(dist, 'feature-backups.cjs')));
}

function sqlJs(file) {
  return createRequire(import.meta.url).resolve(`sql.js/dist/${file}`);
}

/** What is installed into repositories: a shell script that finds node, and runs git-hook.cjs. */
async function copyGitHookScript() {
  await copyFile(join(root, 'hooks/gitHook.sh'), join(dist, 'gitHook.sh'));
}

/** The bundles contain other people's packages, whose licences want to be passed on. */
async function writeLicences(inputs) {
  const packages = new Set(
    [...inputs].map((input) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]).filter(Boolean),
  );
  const texts = await Promise.all([...packages].sort().map(licenceOf));
  await writeFile(join(dist, 'THIRD-PARTY-LICENSES.txt'), texts.join(`\n${'-'.repeat(80)}\n\n`));
}

async function licenceOf(folder) {
  const { name, version: itsVersion, license } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
  const file = (await readdir(join(root, folder))).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? '' : await readFile(join(root, folder, file), 'utf8');
  return `${name} ${itsVersion} (${license})\n\n${text}`;
}
