import type { StoreLock, Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { catalogOf, readStoreNames } from './catalog.js';
import { ignoreNewStore } from './prepareStore.js';
import { sweepLeftovers } from './sweep.js';
import type { Catalog } from './types.js';

/** A store whose lock is held: the only way to add to it or take from it. */
export interface OpenStore {
  readonly project: Project;
  readonly ports: Ports;
  readonly lock: StoreLock;
  /** Read when it is first asked for. */
  readonly catalog: Catalog;
  /** All regular files in it. */
  readonly names: ReadonlySet<string>;
}

/** Lists the store once, and removes what processes left behind that died in the middle of a backup. */
export function openStore(project: Project, ports: Ports, lock: StoreLock): OpenStore {
  const { storePath } = project;
  const names = sweepLeftovers(storePath, readStoreNames(storePath, ports), ports);
  ignoreNewStore(storePath, names, ports);
  let catalog: Catalog | undefined;
  return {
    project,
    ports,
    lock,
    get catalog() {
      return (catalog ??= catalogOf(storePath, names, ports));
    },
    names: new Set(names),
  };
}
