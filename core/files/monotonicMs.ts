/** Milliseconds of a clock that nobody sets. As `performance.now()`, whose module takes a short run a millisecond to load. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
