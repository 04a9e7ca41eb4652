/** What SQLite says of a file that is damaged (SQLITE_CORRUPT, SQLITE_NOTADB), in every build of it. */
export function isDamageMessage(message: string): boolean {
  return /malformed|not a database/i.test(message);
}
