// The files of dist/ and esbuild's options for them: one CommonJS file for each program, so that Node resolves few
// files at start, and one ES module for the library.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

export const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  // jsonc-parser's CommonJS build requires its parts in a way that no bundler can follow.
  mainFields: ['module', 'main'],
  target: 'node20.19',
  // Shorter files start faster. Names are kept, for readable stack traces.
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'linked',
  logLevel: 'warning',
  define: { __FEATURE_BACKUPS_VERSION__: JSON.stringify(version) },
};

/** Puts sql.js into a file of its own, because the backup of an unchanged database does not need it. */
const separateSqlJs = {
  name: 'separate sql.js',
  setup({ onResolve }) {
    onResolve({ filter: /^sql\.js$/ }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: './sql-js.cjs', external: true },
    );
  },
};

/** Puts the part of the agent hook that only the start of a session needs into a file of its own. */
const separateSessionStart = {
  name: 'separate start of a session',
  setup({ onResolve }) {
    onResolve({ filter: /\/sessionStart\.js$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './session-start.cjs', external: true } : undefined,
    );
  },
};

/** Modules of Node that take milliseconds to load and that few runs need. */
const SLOW_MODULES = ['child_process', 'crypto', 'stream/promises', 'timers/promises', 'v8', 'worker_threads', 'zlib'];

/** The sources import these modules like any other; a bundle loads each on the first call of one of its functions. */
const lazySlowModules = {
  name: 'lazy slow modules of Node',
  setup({ onResolve, onLoad }) {
    const slow = new RegExp(`^node:(?:${SLOW_MODULES.join('|')})$`);
    onResolve({ filter: slow }, ({ path, importer, kind }) =>
      kind !== 'import-statement' || importer.includes('node_modules')
        ? undefined
        : { path, namespace: 'lazy', sideEffects: false },
    );
    onLoad({ filter: slow, namespace: 'lazy' }, ({ path }) => ({ contents: lazyModule(path) }));
  },
};

/** Each exported function loads the module when it is called. Other exports, if imported, load it at once. */
function lazyModule(path) {
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

/** string-width creates a segmenter of the ICU library when it loads, which takes longer than listing backups. */
const lazyStringWidth = {
  name: 'lazy string-width',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^string-width$/ }, ({ kind, resolveDir }) =>
      kind === 'import-statement' ? { path: 'string-width', namespace: 'lazy', pluginData: resolveDir } : undefined,
    );
    onLoad({ filter: /^string-width$/, namespace: 'lazy' }, ({ pluginData: resolveDir }) => ({
      contents: "export default (text) => require('string-width').default(text);",
      resolveDir,
    }));
  },
};

/** The MCP SDK validates answers to forms with ajv, a third of the server's bundle. This server shows no forms. */
const withoutFormValidation = {
  name: 'without the validation of forms',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]validation[\\/]ajv-provider\.js$/ }, () => ({
      contents: 'export class AjvJsonSchemaValidator {}',
    }));
  },
};

/** A CommonJS file has no import.meta, but two variables with the same values. */
export const commonJs = {
  format: 'cjs',
  define: { ...shared.define, 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
  // `import()` becomes `require`, because Node's loader of ES modules would cost a short run milliseconds.
  supported: { 'dynamic-import': false },
  plugins: [separateSqlJs, separateSessionStart, lazySlowModules, lazyStringWidth],
};

/** Nearly all of these bundles is code of packages, whose names help nobody in a stack trace. */
const mostlyPackages = { minifyIdentifiers: true };

export const bundles = [
  { entryPoints: ['sql.js'], outfile: 'dist/sql-js.cjs', ...commonJs },
  { entryPoints: ['cli/main.ts'], outfile: 'dist/cli.cjs', ...commonJs },
  { entryPoints: ['cli/backupMain.ts'], outfile: 'dist/backup.cjs', ...commonJs },
  // The program of the git hooks, without the command line, because a commit waits until it is loaded.
  { entryPoints: ['hooks/gitHook.ts'], outfile: 'dist/git-hook-main.cjs', ...commonJs },
  // A thread in which the other programs read a database that SQLite might never finish reading.
  { entryPoints: ['core/database/taskWorker.ts'], outfile: 'dist/task-worker.cjs', ...commonJs },
  // Loaded only to send a mail.
  { entryPoints: ['core/notify/mailer.ts'], outfile: 'dist/mailer.cjs', ...commonJs, ...mostlyPackages },
  // The tap and the engine in its thread are separate, because an MCP client waits until the tap is loaded.
  { entryPoints: ['mcp/tap/main.ts'], outfile: 'dist/tap.cjs', ...commonJs },
  { entryPoints: ['mcp/tap/worker.ts'], outfile: 'dist/tap-worker.cjs', ...commonJs },
  {
    entryPoints: ['mcp/server/main.ts'],
    outfile: 'dist/mcp-server.cjs',
    ...commonJs,
    ...mostlyPackages,
    plugins: [...commonJs.plugins, withoutFormValidation],
  },
  // Runs for weeks, so it has none of the settings for short runs.
  { entryPoints: ['cli/watchMain.ts'], outfile: 'dist/watch.cjs', ...commonJs },
  { entryPoints: ['hooks/claudeHook.ts'], outfile: 'dist/agent-hook.cjs', ...commonJs },
  { entryPoints: ['hooks/sessionStart.ts'], outfile: 'dist/session-start.cjs', ...commonJs },
  {
    // Runs in the editor's extension host, and therefore does not contain the engine.
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
  // The script and the style sheet of the timeline's web view.
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
    plugins: [lazySlowModules],
    // The bundled CommonJS packages (sql.js) use these three.
    banner: {
      js: [
        "import { createRequire as __createRequire } from 'node:module';",
        'const require = __createRequire(import.meta.url), __dirname = import.meta.dirname, __filename = import.meta.filename;',
      ].join('\n'),
    },
  },
];

/** The entry points, which load one of the bundles above through a cache of compiled code. */
export const programs = [
  { entryPoints: ['cli/start.ts'], outfile: 'dist/feature-backups.cjs' },
  { entryPoints: ['hooks/startGitHook.ts'], outfile: 'dist/git-hook.cjs' },
];
