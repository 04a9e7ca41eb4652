import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { cacheFolder } from './cacheFolder.js';
import { readCompiled, writeCompiled, type Compiled, type CompiledKey } from './compiledCode.js';

export interface LoadOptions {
  /** Tells builds apart. V8 sees a changed source by its length alone. */
  readonly build: string;
  /** The launcher's own; it lies beside the bundle. */
  readonly require: NodeJS.Require;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Loads a bundle as `require` would. Compiling it takes a good part of a short run, so what V8 has compiled is kept for
 * the next one: by Node itself from version 22 on, here before. A cache that cannot be had costs only time.
 */
export function loadBundle(path: string, { build, require, environment = process.env }: LoadOptions): unknown {
  const folder = cacheFolder(environment);
  // Asking older versions would only cost time: the module that tells is not loaded by itself.
  const hasOwnCache = Number.parseInt(process.versions.node) >= 22;
  if (folder !== undefined && !hasOwnCache) {
    const loadBeside = besides(path, { build, require, environment });
    return runWithCache(path, loadBeside, { folder, name: basename(path, '.cjs'), build });
  }
  if (folder !== undefined) enableOwnCache(folder);
  return require(path);
}

/** What a bundle loads of its own folder is kept compiled, too; everything else is Node's. */
function besides(path: string, options: LoadOptions): NodeJS.Require {
  const load = (request: string): unknown =>
    request.startsWith('./') ? loadBundle(join(dirname(path), request), options) : options.require(request);
  return Object.assign(load, options.require);
}

function enableOwnCache(folder: string): void {
  const nodeModule: object = process.getBuiltinModule('node:module');
  if (canEnableCache(nodeModule)) nodeModule.enableCompileCache(folder);
}

/** From 22.1 on. */
function canEnableCache(nodeModule: object): nodeModule is { enableCompileCache: (folder: string) => unknown } {
  return 'enableCompileCache' in nodeModule && typeof nodeModule.enableCompileCache === 'function';
}

/** What a bundle may export: whether this run has compiled all that runs usually need. */
interface Bundle {
  readonly hasLoadedSqlEngine?: () => boolean;
}

function runWithCache(path: string, require: NodeJS.Require, key: CompiledKey): unknown {
  const compiled = readCompiled(key);
  // A bundle is plain ASCII; so it need not be decoded.
  const source = `(function (exports, require, module, __filename, __dirname) { ${readFileSync(path, 'latin1')}\n});`;
  const script = new Script(source, { filename: path, cachedData: compiled?.code });
  const module = { exports: {} as Bundle };
  const run = script.runInThisContext() as (...variables: readonly unknown[]) => void;
  run(module.exports, require, module, path, dirname(path));
  const known = script.cachedDataRejected === true ? undefined : compiled;
  if (known?.isComplete !== true) process.once('exit', () => keepCompiled(key, script, known, module.exports));
  return module.exports;
}

/** At the end of the run: only then are the functions that a run needs compiled, and so in the cache. */
function keepCompiled(key: CompiledKey, script: Script, known: Compiled | undefined, bundle: Bundle): void {
  const isComplete = bundle.hasLoadedSqlEngine?.() !== false;
  // Enough for a run like this one is there already.
  if (known !== undefined && !isComplete) return;
  writeCompiled(key, { code: script.createCachedData(), isComplete });
}
