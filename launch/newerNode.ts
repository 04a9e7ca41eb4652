import { writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Runs a program again with a Node.js that is new enough, found by launch.sh, and returns its exit status. For a client
 * that starts the program with an old Node.js.
 */
export function runWithNewerNode(program: string, args: readonly string[], require: NodeJS.Require): number {
  if (process.platform !== 'win32') {
    // Required here, because the bundler's way of loading slow modules needs a newer Node.js.
    const { spawnSync } = require('child_process') as typeof import('node:child_process');
    const launcher = join(dirname(program), 'launch.sh');
    const { status } = spawnSync('/bin/sh', [launcher, '', program, ...args], { stdio: 'inherit' });
    if (status !== null) return status;
  }
  writeSync(2, `feature-backups: this needs Node.js 20.19 or later, not ${process.version}\n`);
  // Some clients deny the tool for any other status than 0.
  if (args[0] === 'hook') return args.includes('--strict') ? 2 : 0;
  return 1;
}
