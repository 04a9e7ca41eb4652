/** True for a trap in WebAssembly or a stack overflow; false for an error that SQLite reports. */
export function isEngineFailure(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof Error && error.name === 'RuntimeError');
}
