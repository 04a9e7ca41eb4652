import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import * as zlib from 'node:zlib';

/** The functions of `entry.ts`, as loaded by one simulated process. */
export type Engine = typeof import('./entry.js');

/** Creates an engine with fresh modules: each simulated process has its own. */
export type LoadEngine = (nowMs: () => number) => Engine;

/**
 * Compiles the script once. Everything of this machine besides the ports (clocks, random numbers, timers, the file system)
 * is missing: using it is an error that fails the seed.
 */
export function compileEngine(script: string): LoadEngine {
  const names = ['module', 'exports', 'require', 'process', 'Math', 'Date', 'performance', ...TIMERS];
  const run = compileFunction(script, names, { filename: 'engine.cjs' }) as (...values: readonly unknown[]) => void;
  return (nowMs) => {
    const module = { exports: {} };
    const timers = TIMERS.map((name) => () => bypassed(name));
    run(module, module.exports, guardedRequire, guardedProcess, GUARDED_MATH, dateAt(nowMs), undefined, ...timers);
    return module.exports as Engine;
  };
}

const TIMERS = ['setTimeout', 'setInterval', 'setImmediate'];

function bypassed(what: string): never {
  throw new Error(`The engine went past its port: ${what}`);
}

const realRequire = createRequire(import.meta.url);

function guardedRequire(name: string): unknown {
  switch (name.replace(/^node:/, '')) {
    case 'path':
      return realRequire(name);
    case 'fs':
      return { constants: (realRequire('node:fs') as typeof import('node:fs')).constants };
    case 'os':
      return {
        ...except(['hostname', 'uptime'], 'os'),
        endianness: () => 'LE',
        tmpdir: () => '/tmp',
        devNull: '/dev/null',
      };
    case 'crypto':
      return { createHash: (realRequire('node:crypto') as typeof import('node:crypto')).createHash };
    case 'zlib':
      return SYNCHRONOUS_ZLIB;
    default:
      return {};
  }
}

function except(names: readonly string[], module: string): Record<string, () => never> {
  return Object.fromEntries(names.map((name) => [name, () => bypassed(`${module}.${name}`)]));
}

/** The asynchronous functions would use a real thread, and so real time. */
const SYNCHRONOUS_ZLIB = {
  ...zlib,
  gzip: (content: Buffer, options: zlib.ZlibOptions, done: (error: null, packed: Buffer) => void) => {
    done(null, zlib.gzipSync(content, options));
  },
  gunzip: (content: Buffer, options: zlib.ZlibOptions, done: (error: Error | null, unpacked?: Buffer) => void) => {
    try {
      done(null, zlib.gunzipSync(content, options));
    } catch (error) {
      done(error as Error);
    }
  },
};

const guardedProcess = {
  ...except(['hrtime', 'kill', 'cwd', 'uptime'], 'process'),
  platform: 'linux',
  env: {},
  getuid: () => 1000,
  getBuiltinModule: (name: string) => (name === 'node:sqlite' ? undefined : guardedRequire(name)),
};

const GUARDED_MATH: typeof Math = Object.create(Math, {
  random: { value: () => bypassed('Math.random') },
}) as typeof Math;

/** Only `metadataCache.ts` reads the time without the port: it gets that of the simulated clock. */
function dateAt(nowMs: () => number): DateConstructor {
  return class extends Date {
    constructor(...parts: readonly (number | string | Date)[]) {
      if (parts.length === 0) bypassed('new Date()');
      super(...(parts as [number]));
    }

    static override now(): number {
      return Math.floor(nowMs());
    }
  } as unknown as DateConstructor;
}
