import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { hostNode, serverMain } from '../../extension/host/places.mjs';
import { setUpHost } from '../../extension/host/setUpHost.mjs';

const root = join(import.meta.dirname, '../../..');

/** Packs the .vsix from the build, and installs it like a user into a separate folder. Returns that folder. */
export async function installExtension(scratch: string): Promise<string> {
  await setUpHost();
  const package_ = join(scratch, 'feature-backups.vsix');
  const extensionsFolder = join(scratch, 'extensions');
  run(process.execPath, [join(root, 'scripts/package.mjs'), '--out', package_]);
  run(hostNode, [
    serverMain,
    ...['--accept-server-license-terms', '--server-data-dir', join(scratch, 'install')],
    ...['--extensions-dir', extensionsFolder, '--install-extension', package_],
  ]);
  return extensionsFolder;
}

function run(program: string, args: readonly string[]): void {
  const env = { ...process.env, EXTENSIONS_GALLERY: '{}' };
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${String(status)}:\n${stdout}${stderr}`);
}
