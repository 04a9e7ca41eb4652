import assert from 'node:assert/strict';
import { afterEach } from 'mocha';
import { findNodeSqlite } from '../../../core/snapshot/nodeSqlite.js';

describe("Node's own SQLite", () => {
  const own = (['getBuiltinModule', 'emitWarning'] as const).map(
    (name) => [name, Object.getOwnPropertyDescriptor(process, name) ?? {}] as const,
  );
  const warnings: string[] = [];
  beforeEach(() => {
    warnings.length = 0;
    process.emitWarning = (warning: string | Error) => {
      warnings.push(String(warning));
    };
  });
  afterEach(() => {
    for (const [name, descriptor] of own) Object.defineProperty(process, name, descriptor);
  });

  /** As in Node 22 when the module is loaded for the first time. */
  const loadAs = (module: unknown): void => {
    const load = (): unknown => {
      process.emitWarning('SQLite is an experimental feature and might change at any time', 'ExperimentalWarning');
      process.emitWarning('something else', 'ExperimentalWarning');
      return module;
    };
    process.getBuiltinModule = load as typeof process.getBuiltinModule;
  };

  it('is loaded without the experimental warning; other warnings are still reported', () => {
    const module = { DatabaseSync: () => undefined, backup: () => undefined };
    loadAs(module);
    assert.equal(findNodeSqlite(), module);
    process.emitWarning('a warning of another module about SQLite', 'ExperimentalWarning');
    assert.deepEqual(warnings, ['something else', 'a warning of another module about SQLite']);
  });

  it('leaves warnings of other kinds, and those after it is loaded, unchanged', () => {
    const own = Object.getOwnPropertyDescriptor(process, 'emitWarning');
    process.getBuiltinModule = () => {
      process.emitWarning('SQLite is old', 'DeprecationWarning');
      throw new Error('it cannot be loaded');
    };
    assert.throws(() => findNodeSqlite(), /cannot be loaded/);
    assert.deepEqual(Object.getOwnPropertyDescriptor(process, 'emitWarning'), own);
    assert.deepEqual(warnings, ['SQLite is old']);
  });

  it('is loaded even if warnings cannot be intercepted', () => {
    const module = { DatabaseSync: () => undefined, backup: () => undefined };
    process.getBuiltinModule = () => module;
    Reflect.deleteProperty(process, 'emitWarning');
    assert.equal(findNodeSqlite(), module);
  });

  it('is unavailable in a Node without getBuiltinModule', () => {
    Object.defineProperty(process, 'getBuiltinModule', { configurable: true, value: undefined });
    assert.equal(findNodeSqlite(), undefined);
  });

  it('is unavailable without its backup function, which is newer, or without the module', () => {
    const [DatabaseSync, backup] = [(): undefined => undefined, (): undefined => undefined];
    for (const module of [
      ...[{ DatabaseSync }, { DatabaseSync, backup: true }, { backup }, { DatabaseSync: {}, backup }],
      ...[undefined, null, 'text', backup],
    ]) {
      loadAs(module);
      assert.equal(findNodeSqlite(), undefined);
    }
  });
});
