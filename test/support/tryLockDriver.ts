// Tries once to take a lock in its own process, and prints the result:
//   node tryLockDriver "<folder>"; prints "taken", or the code of the error.
import { BackupError } from '../../core/system/errors.js';
import { withStoreLock } from '../../core/system/locks/storeLock.js';
import { realPorts } from '../../core/system/ports.js';

const [, , folderArgument = '""'] = process.argv;

try {
  const folder = JSON.parse(folderArgument) as string;
  console.log(await withStoreLock(folder, realPorts(), () => 'taken', { timeoutMs: 0 }));
} catch (error) {
  if (!(error instanceof BackupError)) throw error;
  console.log(error.code);
}
