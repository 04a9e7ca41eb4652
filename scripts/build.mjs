// Bundles what is shipped into dist/: one CommonJS file for the command line (one file, so that nothing but itself is
// looked up at start), one ES module for the library, and sql.js's WebAssembly beside them.
import { chmod, copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
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

const bundles = [
  {
    entryPoints: ['cli/main.ts'],
    outfile: 'dist/feature-backups.cjs',
    format: 'cjs',
    banner: { js: '#!/usr/bin/env node' },
    // A CommonJS file has no import.meta; its own two variables say the same.
    define: { ...shared.define, 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
    executable: true,
  },
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

await mkdir(dist, { recursive: true });
try {
  const [inputs] = await Promise.all([Promise.all(bundles.map(bundle)), copyWebAssembly()]);
  await writeLicences(new Set(inputs.flat()));
} catch (error) {
  // esbuild has printed its own errors already, with file and line.
  if (!Array.isArray(error.errors)) throw error;
  process.exitCode = 1;
}

async function bundle({ executable = false, ...options }) {
  const [entryPoint] = options.entryPoints;
  if (!existsSync(join(root, entryPoint))) {
    console.error(`build: ${entryPoint} does not exist yet, left out`);
    return [];
  }
  const { metafile } = await build({ ...shared, ...options, metafile: true });
  if (executable) await chmod(join(root, options.outfile), 0o755);
  return Object.keys(metafile.inputs);
}

async function copyWebAssembly() {
  const from = createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm');
  await copyFile(from, join(dist, 'sql-wasm.wasm'));
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
