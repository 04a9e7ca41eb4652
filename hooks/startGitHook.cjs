// The git hooks' first file, as small as can be. Compiling the bundle takes half as long as starting node, so what V8 has
// compiled is kept for the next commit: by Node itself from version 22 on, by this file before.
const files = require('node:fs');
const { closeSync, fstatSync, openSync, readFileSync } = files;
const { dirname, isAbsolute, join } = require('node:path');

const bundle = join(__dirname, 'git-hook-main.cjs');
const folder = cacheFolder();

if (folder === undefined) require(bundle);
else if (Number.parseInt(process.versions.node) >= 22) {
  require('node:module').enableCompileCache?.(folder);
  require(bundle);
} else runWithCache(folder);

/** The user's own; never the shared temporary folder, where somebody else could have put code. */
function cacheFolder() {
  const { XDG_CACHE_HOME: cache = '', HOME: home = '', LOCALAPPDATA: local = '' } = process.env;
  const base = [cache, local, home && join(home, '.cache')].find((path) => isAbsolute(path));
  return base === undefined ? undefined : join(base, 'feature-backups', 'compiled');
}

function runWithCache(cache) {
  const { Script, constants } = require('node:vm');
  const { wrap, createRequire } = require('node:module');
  const { cachedDataVersionTag } = require('node:v8');
  const { source, state } = readBundle();
  // V8 itself refuses what another version or other flags have made; it sees a changed source only by its length.
  const path = join(cache, `git-hook-${process.version}-${process.arch}-${state}`);
  const tag = cachedDataVersionTag();
  const cachedData = readCache(path);
  const script = new Script(wrap(source), {
    filename: bundle,
    cachedData,
    importModuleDynamically: constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(bundle), module, bundle, __dirname);
  if (cachedData !== undefined && !script.cachedDataRejected) return;
  // At the end, so that all the functions that a hook needs are in it; with flags changed meanwhile it would be refused.
  process.once('exit', () => {
    if (cachedDataVersionTag() === tag) writeCache(path, script.createCachedData());
  });
}

function readBundle() {
  const descriptor = openSync(bundle, 'r');
  try {
    const { size, mtimeMs } = fstatSync(descriptor);
    return { source: readFileSync(descriptor, 'utf8'), state: `${size}-${Math.round(mtimeMs)}` };
  } finally {
    closeSync(descriptor);
  }
}

function readCache(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function writeCache(path, data) {
  try {
    files.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const temporary = `${path}-${process.pid}`;
    files.writeFileSync(temporary, data, { flag: 'wx', mode: 0o600 });
    // One is enough: those of earlier builds and versions go.
    for (const name of files.readdirSync(dirname(path))) {
      if (name.startsWith('git-hook-') && join(dirname(path), name) !== temporary)
        files.unlinkSync(join(dirname(path), name));
    }
    files.renameSync(temporary, path);
  } catch {
    // Only slower the next time.
  }
}
