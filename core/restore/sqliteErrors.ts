/** SQLite's primary result code: 5 busy, 6 locked, 11 corrupt, 26 not a database; undefined for other errors. */
export function sqliteResultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff;
}

/** Busy or locked; `backup()` reports busy as "not an error", code 0. */
export function isBusy(error: unknown): boolean {
  const code = sqliteResultCode(error);
  return code === 0 || code === 5 || code === 6 || (error instanceof Error && error.message.includes('not an error'));
}
