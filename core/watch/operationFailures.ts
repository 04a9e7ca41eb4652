import type { BackupError } from '../system/index.js';
import type { WatchEvent } from './watchEvent.js';

interface OpenFailure {
  readonly root: string | undefined;
  readonly reported: string;
  isRepeated: boolean;
}

/** Reports each failure once when it starts and once when it ends, so the log does not repeat it. */
export class OperationFailures {
  readonly #open = new Map<string, OpenFailure>();

  #changes = 0;

  constructor(private readonly report: (event: WatchEvent) => void) {}

  get count(): number {
    return this.#open.size;
  }

  /** Increases whenever a failure starts, happens again, changes or ends. */
  get changes(): number {
    return this.#changes;
  }

  /** False if this failure has been reported already. */
  begin(root: string | undefined, operation: string, error: BackupError): boolean {
    const key = keyOf(root, operation);
    // Messages that differ only in a process id or in the name of a temporary file are the same failure.
    const reported = `${error.code} ${error.message.replace(/[a-z\d]*\d[a-z\d-]*/gi, '0')}`;
    const open = this.#open.get(key);
    if (open?.reported === reported) {
      // A single failure can be a coincidence; the second one makes it a problem.
      if (!open.isRepeated) this.#changes += 1;
      open.isRepeated = true;
      return false;
    }
    this.#open.set(key, { root, reported, isRepeated: false });
    this.#changes += 1;
    this.report({ kind: 'trouble', root, operation, error });
    return true;
  }

  end(root: string | undefined, operation: string): void {
    if (!this.#open.delete(keyOf(root, operation))) return;
    this.#changes += 1;
    this.report({ kind: 'trouble-over', root, operation });
  }

  /** Drops the failures of a project that is no longer watched. */
  forget(root: string): void {
    for (const [key, failure] of this.#open) if (failure.root === root) this.#open.delete(key);
  }
}

function keyOf(root: string | undefined, operation: string): string {
  return `${operation}\0${root ?? ''}`;
}
