type BuiltinModule = typeof process.getBuiltinModule;

/** Runs something as on a Node that has no `node:sqlite`. */
export async function withoutNodeSqlite<T>(run: () => Promise<T>): Promise<T> {
  const builtin: BuiltinModule = process.getBuiltinModule.bind(process);
  const hiding = (id: string): unknown => (id === 'node:sqlite' ? undefined : builtin(id));
  process.getBuiltinModule = hiding as BuiltinModule;
  try {
    return await run();
  } finally {
    process.getBuiltinModule = builtin;
  }
}
