import { join } from 'node:path';
import { asBackupError, stableNode, type Ports } from '../system/index.js';
import type { HookProgram } from './install/hookPlan.js';

/**
 * The program that `planInstall` installs: the hooks' bundle and script in a folder, and the node of this process,
 * which may be VS Code's runtime.
 */
export function readHookProgram(folder: string, ports: Ports): HookProgram {
  const path = join(folder, 'gitHook.sh');
  try {
    const script = ports.files.readFileSync(path);
    return { node: stableNode(process.execPath, ports), program: join(folder, 'git-hook.cjs'), script };
  } catch (error) {
    throw asBackupError(error, 'read the hook to install', path);
  }
}
