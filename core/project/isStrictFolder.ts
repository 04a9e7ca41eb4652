import { resolve } from 'node:path';
import type { Ports } from '../system/index.js';
import { readConfiguration } from './configuration.js';

/**
 * Whether the configuration of a folder asks for strictness, for callers whose project could not be opened: a store that
 * cannot be used is just what strictness is about. False where the configuration cannot be read either.
 */
export async function isStrictFolder(
  named: string | undefined,
  { ports, cwd }: { readonly ports: Ports; readonly cwd: string },
): Promise<boolean> {
  try {
    const folder = resolve(cwd, named ?? ports.environment.PROJECT_DIR ?? '.');
    return (await readConfiguration(folder, ports)).configuration.strict;
  } catch {
    return false;
  }
}
