// Takes the screenshots of the documentation, or of every state in four themes for inspection:
//
//   npm run screenshots               media/screenshots/*.png
//   npm run screenshots -- FOLDER     all of them, in FOLDER/light, FOLDER/dark and so on
//
// The extension's package includes the screenshots of the documentation, so pngquant compresses them.
import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeTemporaryFolder, removeFolder } from '../support/temporaryFolder.js';
import { installExtension } from '../support/workbench/installedExtension.js';
import { captureAll } from '../support/workbench/pictures.js';
import type { ThemeName } from '../support/workbench/workbench.js';

const CHOSEN = ['tree', 'restore', 'diff', 'timeline', 'allProjects'];
const CHOSEN_THEME: ThemeName = 'dark';
const LIMIT_BYTES = 100_000;
const allThemes: readonly ThemeName[] = ['light', 'dark', 'highContrast', 'highContrastLight'];

const media = join(import.meta.dirname, '../../media/screenshots');
const [named] = process.argv.slice(2);
const scratch = await makeTemporaryFolder();
try {
  const extensionsFolder = await installExtension(scratch);
  const folder = resolve(named ?? join(scratch, 'pictures'));
  for (const theme of named === undefined ? [CHOSEN_THEME] : allThemes) {
    await captureAll({ extensionsFolder, theme, folder: join(folder, theme) });
  }
  if (named === undefined) await keepChosen(join(folder, CHOSEN_THEME));
} finally {
  await removeFolder(scratch);
}

async function keepChosen(folder: string): Promise<void> {
  await mkdir(media, { recursive: true });
  for (const name of CHOSEN) {
    const target = join(media, `${name}.png`);
    await copyFile(join(folder, `${name}.png`), target);
    execFileSync('pngquant', ['--force', '--strip', '--ext', '.png', target]);
    const { size: sizeBytes } = await stat(target);
    if (sizeBytes > LIMIT_BYTES) throw new Error(`${target} has ${sizeBytes} bytes; ${LIMIT_BYTES} are the limit`);
    console.log(`${target} (${Math.round(sizeBytes / 1000)} kB)`);
  }
}
