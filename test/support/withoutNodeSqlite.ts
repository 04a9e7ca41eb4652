type BuiltinModule = typeof process.getBuiltinModule;

/** Runs a function as on a Node without `node:sqlite`. */
export async function withoutNodeSqlite<T>(run: () => Promise<T>): Promise<T> {
  return await withNodeSqlite(undefined, run);
}

/** Runs a function as on a Node with this `node:sqlite`. */
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
