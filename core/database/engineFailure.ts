/** A trap in WebAssembly or an overrun stack, as against an error that SQLite reports. */
export function isEngineFailure(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof Error && error.name === 'RuntimeError');
}
