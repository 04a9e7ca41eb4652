#!/usr/bin/env node
import { join } from 'node:path';
import { loadBundle } from '../launch/loadBundle.js';
import { runWithNewerNode } from '../launch/newerNode.js';
import { isNodeTooOld } from '../launch/nodeVersion.js';

/** Defined by the bundler. */
declare const __FEATURE_BACKUPS_BUILD__: string;

// The entry point, kept small: it loads the bundle of the requested command.
const [, , command, ...args] = process.argv;
const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
const isHelpRequested = own.includes('--help') || own.includes('-h');

// Agents and commits wait for these commands, which therefore have small bundles; their help is in cli.cjs.
if (isNodeTooOld()) {
  process.exitCode = runWithNewerNode(import.meta.filename, process.argv.slice(2), require);
} else if (command === 'tap' && !isHelpRequested) {
  process.exitCode = (load('tap.cjs') as { run: (args: readonly string[]) => number | undefined }).run(args);
} else if (command === 'hook' && args[0] === 'claude' && !isHelpRequested) {
  const { run } = load('agent-hook.cjs') as { run: (args: readonly string[]) => Promise<number> };
  void run(args.slice(1)).then((code) => {
    process.exitCode = code;
  });
} else load(command === 'backup' && !isHelpRequested ? 'backup.cjs' : 'cli.cjs');

function load(file: string): unknown {
  return loadBundle(join(import.meta.dirname, file), { build: __FEATURE_BACKUPS_BUILD__, require });
}
