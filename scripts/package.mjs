// Makes feature-backups-<version>.vsix. Copies the files that the extension needs to a temporary folder, with a
// manifest without the npm package's parts, and packs them there: vsce accepts either `files` or a .vscodeignore, and
// the npm package and the extension need different files.
//
//   node scripts/package.mjs [--out FILE]
import { cp, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createVSIX } from '@vscode/vsce';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({ options: { out: { type: 'string' } } });
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const out = resolve(values.out ?? join(root, `feature-backups-${manifest.version}.vsix`));

// Without source maps: they would be half of the package, and stack traces contain the names anyway.
const contents = [
  ...['package.nls.json', 'LICENSE', 'CHANGELOG.md', 'l10n'],
  ...[
    'media/icon.png',
    'media/backups.svg',
    'media/feature-backups.schema.json',
    'media/featureBacklog.tmLanguage.json',
  ],
  ...['media/walkthrough', 'media/screenshots'],
  // The extension's two programs, and those that git hooks and agents start from a copy that an update does not delete.
  ...(await programs()),
  'dist/timeline/timeline.js',
  'dist/timeline/timeline.css',
  'dist/THIRD-PARTY-LICENSES.txt',
];

const staging = await mkdtemp(join(tmpdir(), 'feature-backups-vsix-'));
try {
  await writeFile(join(staging, 'package.json'), JSON.stringify(extensionManifest(), null, 2));
  for (const path of contents) await stage(path);
  if (existsSync(join(root, 'README.md'))) await stage('README.md');
  await createVSIX({
    cwd: staging,
    packagePath: out,
    dependencies: false,
    allowMissingRepository: true,
    // package.json names no repository to which vsce could point the links; the pictures are in the package.
    rewriteRelativeLinks: false,
  });
  const { size } = await stat(out);
  console.log(`${out} (${(size / 1e6).toFixed(2)} MB)`);
} finally {
  await rm(staging, { recursive: true, force: true });
}

/** The keys that VS Code reads; scripts and dependencies are only needed for development. */
function extensionManifest() {
  const { name, displayName, version, description, keywords, license, engines, publisher, icon } = manifest;
  const { galleryBanner, categories, main, activationEvents, extensionKind, capabilities, l10n, contributes } =
    manifest;
  return {
    ...{ name, displayName, version, description, keywords, license, publisher, icon, galleryBanner, categories },
    engines: { vscode: engines.vscode },
    ...{ main, activationEvents, extensionKind, capabilities, l10n, contributes },
  };
}

async function stage(path) {
  const source = join(root, path);
  if (!existsSync(source)) throw new Error(`${path} is missing. Run npm run build to make the files in dist/`);
  const target = join(staging, path);
  await mkdir(dirname(target), { recursive: true });
  await cp(source, target, { recursive: true });
}

async function programs() {
  const names = await readdir(join(root, 'dist')).catch(() => []);
  return names.filter((name) => /\.(cjs|sh|wasm)$/.test(name)).map((name) => `dist/${name}`);
}
