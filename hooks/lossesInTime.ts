/**
 * What the projects have lost; empty if that is unknown. Ends this process at the limit, because the model waits, and the
 * work that continues would keep the process running.
 */
export async function lossesInTime(find: () => Promise<readonly string[]>, limitMs = 5000): Promise<readonly string[]> {
  const timer = setTimeout(() => process.exit(0), limitMs);
  try {
    return await find();
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
  }
}
