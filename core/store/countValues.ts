/** More than any metadata hold besides what this version understands. */
const MAX_VALUES = 10_000;
/** `JSON.stringify` exhausts the stack somewhere beyond a thousand levels. */
const MAX_DEPTH = 64;

/** How many values a parsed JSON value consists of; infinite beyond what is carried along. */
export function countValues(value: unknown, maxValues = MAX_VALUES, maxDepth = MAX_DEPTH): number {
  if (typeof value !== 'object' || value === null) return 1;
  if (maxDepth === 0) return Infinity;
  let count = 1;
  for (const inner of Object.values(value)) {
    count += countValues(inner, maxValues - count, maxDepth - 1);
    if (count > maxValues) return Infinity;
  }
  return count;
}
