/** Seeds that have found a bug in the engine, with a description of it. Some are among the first 600 as well. */
export const FOUND_SEEDS: readonly { readonly seed: number; readonly processCount: number; readonly bug: string }[] = [
  { seed: 3, processCount: 1, bug: 'a pin was lost with the power' },
  { seed: 91, processCount: 1, bug: 'a store forgot its folder at a target with the power, and left its copies there' },
  {
    seed: 354,
    processCount: 1,
    bug: 'a backup was pruned, and not archived, because its metadata could not be read once',
  },
  { seed: 347, processCount: 1, bug: 'a pinned backup was pruned for the same reason' },
  {
    seed: 322,
    processCount: 1,
    bug: 'a lock and the right to take it over, both unreadable, blocked the store permanently',
  },
  { seed: 498, processCount: 1, bug: 'an unreadable lock never grew old after the clock was set back' },
  { seed: 211, processCount: 1, bug: 'an index of the log from the future made a sound database count as damaged' },
  { seed: 20, processCount: 1, bug: 'a plain EIO escaped from listing the store' },
  { seed: 49, processCount: 1, bug: 'a plain EPERM escaped from making the store' },
  { seed: 402, processCount: 1, bug: 'a plain EIO escaped from looking for the database' },
  {
    seed: 1066,
    processCount: 3,
    bug: 'a log that lost its end with the power, but not its size, counted as unchanged',
  },
  { seed: 21175, processCount: 1, bug: 'a plain EIO escaped from looking at a folder in the store' },
  { seed: 21606, processCount: 1, bug: 'a folder at a target, made by a run that was killed, was lost with the power' },
  {
    seed: 3,
    processCount: 1,
    bug: 'a power failure lost the record of a project, and so the way to its copies in the vault',
  },
  {
    seed: 755,
    processCount: 1,
    bug: 'a sync of the vault removed the link of a backup whose store was deleted meanwhile, without a copy',
  },
  {
    seed: 2805,
    processCount: 1,
    bug: 'a project that could not be recorded was synced into the folder of an earlier project',
  },
  {
    seed: 240,
    processCount: 1,
    bug: 'a deleted project, restored from the vault, was lost with the power because its folder was not synced',
  },
  { seed: 85, processCount: 1, bug: 'a new project without file ids was synced into the folder of an earlier one' },
  { seed: 454, processCount: 1, bug: 'a plain EIO escaped from looking for the record of a project' },
  {
    seed: 997,
    processCount: 1,
    bug: 'a sync for a project that replaced a deleted one did not make the record of the deleted one durable',
  },
];
