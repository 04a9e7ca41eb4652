type BuiltinModule = typeof process.getBuiltinModule;

/** Runs something as on a Node that has no `node:sqlite`. */
export async function withoutNodeSqlite<T>(run: () => Promise<T>): Promise<T> {
  return await withNodeSqlite(undefined, run);
}

/** Runs something as on a Node that has this `node:sqlite`. */
export async function withNodeSqlite<T>(module: object | undefined, run: () => Promise<T>): Promise<T> {
  const builtin: BuiltinModule = process.getBuiltinModule.bind(process);
  const replacing = (id: string): unknown => (id === 'node:sqlite' ? module : builtin(id));
  process.getBuiltinModule = replacing as BuiltinModule;
  try {
    return await run();
  } finally {
    process.getBuiltinModule = builtin;
  }
}
