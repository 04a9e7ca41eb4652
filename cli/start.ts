#!/usr/bin/env node
import { join } from 'node:path';
import { loadBundle } from '../launch/loadBundle.js';

/** Put in by the bundler. */
declare const __FEATURE_BACKUPS_BUILD__: string;

// The program's first file, as small as can be: it loads the bundle of what is asked for.
const [, , command, ...args] = process.argv;
const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
const wantsHelp = own.includes('--help') || own.includes('-h');

// What an agent or a commit waits for has a small bundle of its own, to start quickly; the help is with the others.
if (command === 'tap' && !wantsHelp) {
  process.exitCode = (load('tap.cjs') as { run: (args: readonly string[]) => number | undefined }).run(args);
} else if (command === 'hook' && args[0] === 'claude' && !wantsHelp) {
  const { run } = load('agent-hook.cjs') as { run: (args: readonly string[]) => Promise<number> };
  void run(args.slice(1)).then((code) => {
    process.exitCode = code;
  });
} else load(command === 'backup' && !wantsHelp ? 'backup.cjs' : 'cli.cjs');

function load(file: string): unknown {
  return loadBundle(join(import.meta.dirname, file), { build: __FEATURE_BACKUPS_BUILD__, require });
}
