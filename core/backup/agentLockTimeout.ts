import { readUnstoredFailure, type Trigger } from '../store/index.js';
import type { Project } from '../project/index.js';
import type { FoundLock, Ports } from '../system/index.js';

/**
 * How long a backup waits for the store's lock. An agent waits at each of its calls, so it waits in full only once for
 * the same owner, and the next calls fail at once until another process holds the lock or nobody does.
 */
export class AgentLockTimeout {
  #heldLock: string | undefined;
  #stalledLock: string | undefined | null = null;

  constructor(
    private readonly project: Project,
    private readonly ports: Ports,
  ) {}

  /** The token of the lock that was last waited for. */
  get heldLock(): string | undefined {
    return this.#heldLock;
  }

  readonly timeoutMs = ({ token }: FoundLock): number => {
    this.#heldLock = token;
    if (this.#stalledLock === null) this.#stalledLock = this.#readStalledLock();
    return token !== '' && token === this.#stalledLock ? 0 : AGENT_TIMEOUT_MS;
  };

  #readStalledLock(): string | undefined {
    try {
      return readUnstoredFailure(this.project, this.ports)?.heldLock;
    } catch {
      return undefined;
    }
  }
}

/** Backups that an agent's call waits for. */
export function isForAgent({ source }: Trigger): boolean {
  return source === 'agent-hook' || source === 'mcp';
}

/** Shorter than the time limits of the hook and the tap, which do not know the owner. */
const AGENT_TIMEOUT_MS = 10_000;
