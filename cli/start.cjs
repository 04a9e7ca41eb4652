#!/usr/bin/env node
// The program's first file, as small as can be: from Node 22 on, what Node has compiled once it keeps in a cache, but
// only of files that are loaded after this one has asked for it. Asking older versions would only cost time.
const { join, isAbsolute } = require('node:path');

const { XDG_CACHE_HOME: cache = '', HOME: home = '', LOCALAPPDATA: local = '' } = process.env;
const folder = isAbsolute(cache)
  ? cache
  : isAbsolute(local)
    ? local
    : isAbsolute(home)
      ? join(home, '.cache')
      : undefined;

// Never in the shared temporary folder, where somebody else could have put a cache of their own.
if (folder !== undefined && Number.parseInt(process.versions.node) >= 22) {
  require('node:module').enableCompileCache?.(join(folder, 'feature-backups', 'compiled'));
}
const [, , command, ...args] = process.argv;
const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
const wantsHelp = own.includes('--help') || own.includes('-h');
// What an agent or a commit waits for has a small bundle of its own, to start quickly; the help is with the others.
if (command === 'tap' && !wantsHelp) process.exitCode = require(join(__dirname, 'tap.cjs')).run(args);
else if (command === 'hook' && args[0] === 'claude' && !wantsHelp) {
  require(join(__dirname, 'agent-hook.cjs'))
    .run(args.slice(1))
    .then((code) => {
      process.exitCode = code;
    });
} else require(command === 'backup' && !wantsHelp ? './backup.cjs' : './cli.cjs');
