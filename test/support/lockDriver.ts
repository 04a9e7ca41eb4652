// Increments a shared file under the store's lock, until it is stopped or killed:
//   node lockDriver "<folder>"; prints "ready".
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { realPorts } from '../../core/system/ports.js';
import { withStoreLock } from '../../core/system/locks/storeLock.js';

const [, , folderArgument = '""'] = process.argv;
const folder = JSON.parse(folderArgument) as string;
const counterPath = join(folder, 'counter');
const inside = join(folder, 'inside');

console.log('ready');
for (;;) {
  await withStoreLock(folder, realPorts(), async (lock) => {
    // If the lock works, no other live process has its pid in this file.
    const other = Number(readFileSync(inside, 'utf8'));
    if (other !== 0 && isAlive(other)) appendFileSync(join(folder, 'violations'), `${process.pid} met ${other}\n`);
    writeFileSync(inside, process.pid.toString());
    const count = Number(readFileSync(counterPath, 'utf8'));
    await pause(Math.random() * 3);
    lock.assertHeld();
    // Atomically, because a kill may happen here too; only the lock protects reading and writing.
    writeFileSync(`${counterPath}.new`, (count + 1).toString());
    renameSync(`${counterPath}.new`, counterPath);
    appendFileSync(join(folder, 'history'), `${count + 1}\n`);
    writeFileSync(inside, '0');
  });
  await pause(Math.random() * 2);
}

function isAlive(pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !/\) [ZX] /.test(status);
  } catch {
    return false;
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
