/** An error as `node:fs` throws it. Without a stack, which would take longer than the call. */
export function systemError(code: string, call: string, path?: string): Error {
  const where = path === undefined ? '' : ` '${path}'`;
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const error = new Error(`${code}: simulated, ${call}${where}`);
  Error.stackTraceLimit = stackTraceLimit;
  return Object.assign(error, { code, syscall: call, path });
}
