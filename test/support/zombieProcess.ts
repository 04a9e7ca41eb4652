import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Runs `work` with the id of a dead process that its parent has not reaped (a zombie), as in a container without an init.
 * Linux only.
 */
export async function withZombieProcess(work: (pid: number) => Promise<void> | void): Promise<void> {
  // The shell's child ends soon; `sleep`, which replaces the shell, never reaps it.
  const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    while (!readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ')) await pause(5);
    await work(pid);
  } finally {
    parent.kill('SIGKILL');
  }
}
