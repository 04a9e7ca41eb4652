/** An error as `node:fs` throws it. */
export function systemError(code: string, call: string, path?: string): Error {
  const where = path === undefined ? '' : ` '${path}'`;
  return Object.assign(new Error(`${code}: simulated, ${call}${where}`), { code, syscall: call, path });
}
