import { statSync } from 'node:fs';
import { join } from 'node:path';
import { realPorts, type FileSystem } from '../../core/system/ports.js';

/**
 * Files for code that believes it runs on Windows: `C:\tools` is the folder `C/tools` below `root`, `\\server\share` is
 * `shares/server/share`, and every other path is below `current`, the current folder.
 */
export function windowsFiles(root: string): FileSystem {
  const statBelow = (path: string, options: { throwIfNoEntry: false }) => {
    const parts = path.split(/[\\/]+/).filter((part) => part !== '');
    const [drive = ''] = parts;
    if (path.startsWith('\\\\')) return statSync(join(root, 'shares', ...parts), options);
    if (/^[A-Z]:$/.test(drive)) return statSync(join(root, drive.slice(0, 1), ...parts.slice(1)), options);
    return statSync(join(root, 'current', ...parts), options);
  };
  return { ...realPorts().files, statSync: statBelow as FileSystem['statSync'] };
}
