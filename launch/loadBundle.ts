import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { cacheFolder } from './cacheFolder.js';
import { readCompiledCode, writeCompiledCode, type CompiledCode, type CompiledKey } from './compiledCode.js';

export interface LoadOptions {
  /** Identifies the build, because V8 compares sources only by length. */
  readonly build: string;
  /** The launcher's `require`; the launcher is in the same folder as the bundle. */
  readonly require: NodeJS.Require;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Loads a bundle as `require` would, with a cache of compiled code: compiling takes a large part of a short run. Node
 * 22 has such a cache; for older versions, this file implements one. Without a cache, loading is only slower.
 */
export function loadBundle(path: string, { build, require, environment = process.env }: LoadOptions): unknown {
  const folder = cacheFolder(environment);
  // Decided by version, because loading node:module to find out takes time.
  const hasOwnCache = Number.parseInt(process.versions.node) >= 22;
  if (folder !== undefined && !hasOwnCache) {
    const cachingRequire = requireWithCache(path, { build, require, environment });
    return runWithCache(path, cachingRequire, { folder, name: basename(path, '.cjs'), build });
  }
  if (folder !== undefined) enableOwnCache(folder);
  return require(path);
}

/** A `require` that also caches what a bundle loads from its own folder. */
function requireWithCache(path: string, options: LoadOptions): NodeJS.Require {
  const load = (request: string): unknown =>
    request.startsWith('./') ? loadBundle(join(dirname(path), request), options) : options.require(request);
  return Object.assign(load, options.require);
}

function enableOwnCache(folder: string): void {
  const nodeModule: object = process.getBuiltinModule('node:module');
  if (canEnableCache(nodeModule)) nodeModule.enableCompileCache(folder);
}

/** Since Node 22.1. */
function canEnableCache(nodeModule: object): nodeModule is { enableCompileCache: (folder: string) => unknown } {
  return 'enableCompileCache' in nodeModule && typeof nodeModule.enableCompileCache === 'function';
}

/** A bundle may export whether this run has compiled everything that runs usually need. */
interface Bundle {
  readonly hasLoadedSqlEngine?: () => boolean;
}

function runWithCache(path: string, require: NodeJS.Require, key: CompiledKey): unknown {
  const compiled = readCompiledCode(key);
  // A bundle is plain ASCII and needs no decoding.
  const source = `(function (exports, require, module, __filename, __dirname) { ${readFileSync(path, 'latin1')}\n});`;
  const script = new Script(source, { filename: path, cachedData: compiled?.code });
  const module = { exports: {} as Bundle };
  const run = script.runInThisContext() as (...variables: readonly unknown[]) => void;
  run(module.exports, require, module, path, dirname(path));
  const known = script.cachedDataRejected === true ? undefined : compiled;
  if (known?.isComplete !== true) process.once('exit', () => saveCompiledCode(key, script, known, module.exports));
  return module.exports;
}

/** Called at exit, because functions are compiled when they are first called. */
function saveCompiledCode(key: CompiledKey, script: Script, known: CompiledCode | undefined, bundle: Bundle): void {
  const isComplete = bundle.hasLoadedSqlEngine?.() !== false;
  // The cache already has enough for a run like this one.
  if (known !== undefined && !isComplete) return;
  writeCompiledCode(key, { code: script.createCachedData(), isComplete });
}
