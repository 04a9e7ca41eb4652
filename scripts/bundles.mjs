// What is shipped in dist/ and how esbuild makes it: one CommonJS file for each program (one file, so that little but
// itself is looked up at start), and one ES module for the library.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

export const shared = {
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

/** Modules of Node that take milliseconds to load and that few runs need. */
const SLOW_MODULES = ['child_process', 'crypto', 'stream/promises', 'timers/promises', 'v8', 'worker_threads', 'zlib'];

/** The sources import them like any other; a bundle loads each when one of its functions is first called. */
const slowModulesLate = {
  name: 'slow modules of Node late',
  setup({ onResolve, onLoad }) {
    const slow = new RegExp(`^node:(?:${SLOW_MODULES.join('|')})$`);
    onResolve({ filter: slow }, ({ path, importer, kind }) =>
      kind !== 'import-statement' || importer.includes('node_modules')
        ? undefined
        : { path, namespace: 'late', sideEffects: false },
    );
    onLoad({ filter: slow, namespace: 'late' }, ({ path }) => ({ contents: lateModule(path) }));
  },
};

/** Functions that find the module's own when they are called; what is no function can only be taken at once. */
function lateModule(path) {
  const load = `process.getBuiltinModule(${JSON.stringify(path)})`;
  return Object.entries(process.getBuiltinModule(path))
    .filter(([name]) => name !== 'default')
    .map(([name, value]) =>
      typeof value === 'function'
        ? `export function ${name}(...values) {
             const found = ${load}.${name};
             return new.target ? Reflect.construct(found, values) : found(...values);
           }`
        : `export const ${name} = /* @__PURE__ */ (() => ${load}.${name})();`,
    )
    .join('\n');
}

/** Creates a segmenter of the ICU library as it loads, which takes longer than a list of backups. */
const stringWidthLate = {
  name: 'string-width late',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^string-width$/ }, ({ kind, resolveDir }) =>
      kind === 'import-statement' ? { path: 'string-width', namespace: 'late', pluginData: resolveDir } : undefined,
    );
    onLoad({ filter: /^string-width$/, namespace: 'late' }, ({ pluginData: resolveDir }) => ({
      contents: "export default (text) => require('string-width').default(text);",
      resolveDir,
    }));
  },
};

/** A CommonJS file has no import.meta; its own two variables say the same. */
export const commonJs = {
  format: 'cjs',
  define: { ...shared.define, 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
  // `import()` becomes `require`: Node's loader of ES modules would cost a short run milliseconds.
  supported: { 'dynamic-import': false },
  plugins: [sqlJsApart, slowModulesLate, stringWidthLate],
};

export const bundles = [
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
    plugins: [slowModulesLate],
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
export const programs = [
  { entryPoints: ['cli/start.ts'], outfile: 'dist/feature-backups.cjs' },
  { entryPoints: ['hooks/startGitHook.ts'], outfile: 'dist/git-hook.cjs' },
];
