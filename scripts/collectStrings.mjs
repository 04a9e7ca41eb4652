// Collects the extension's strings into l10n/bundle.l10n.json, the basis of translations. A test runs this with
// --check, so that no string is missing.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const target = join(root, 'l10n/bundle.l10n.json');

const strings = new Set();
for (const name of await readdir(join(root, 'extension'), { recursive: true })) {
  if (!name.endsWith('.ts')) continue;
  const source = await readFile(join(root, 'extension', name), 'utf8');
  for (const [, text] of source.matchAll(/l10n\.t\(\s*'((?:[^'\\]|\\.)*)'/g)) strings.add(text.replace(/\\(.)/g, '$1'));
}
const bundle = Object.fromEntries([...strings].sort().map((text) => [text, text]));
const text = `${JSON.stringify(bundle, null, 2)}\n`;
if (process.argv.includes('--check')) {
  if ((await readFile(target, 'utf8')) !== text) {
    console.error('l10n/bundle.l10n.json is out of date. Run: node scripts/collectStrings.mjs');
    process.exitCode = 1;
  }
} else {
  await writeFile(target, text);
}
