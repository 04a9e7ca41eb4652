/** Whether SQLite reports a damaged file (SQLITE_CORRUPT, SQLITE_NOTADB), in any build. */
export function isDamageMessage(message: string): boolean {
  return /malformed|not a database/i.test(message);
}
