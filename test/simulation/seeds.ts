/** Seeds that have found a bug in the engine, each with what it was. */
export const FOUND_SEEDS: readonly { readonly seed: number; readonly bug: string }[] = [];
