import type { BackupError } from '../system/index.js';
import type { WatchEvent } from './watchEvent.js';

/** Tells each trouble once, and when it is over: a disk that is full for a night is one line in the log, not thousands. */
export class OperationFailures {
  readonly #open = new Map<string, { readonly root: string | undefined; readonly reported: string }>();

  #changes = 0;

  constructor(private readonly report: (event: WatchEvent) => void) {}

  get count(): number {
    return this.#open.size;
  }

  /** Another number after every trouble that began, changed or ended. */
  get changes(): number {
    return this.#changes;
  }

  begin(root: string | undefined, doing: string, error: BackupError): void {
    const key = keyOf(root, doing);
    // Numbers in a message (a process id, seconds waited) do not make it another trouble.
    const reported = `${error.code} ${error.message.replace(/\d+/g, '0')}`;
    if (this.#open.get(key)?.reported === reported) return;
    this.#open.set(key, { root, reported });
    this.#changes += 1;
    this.report({ kind: 'trouble', root, doing, error });
  }

  end(root: string | undefined, doing: string): void {
    if (!this.#open.delete(keyOf(root, doing))) return;
    this.#changes += 1;
    this.report({ kind: 'trouble-over', root, doing });
  }

  /** Nobody asks for this project any more. */
  forget(root: string): void {
    for (const [key, trouble] of this.#open) if (trouble.root === root) this.#open.delete(key);
  }
}

function keyOf(root: string | undefined, doing: string): string {
  return `${doing}\0${root ?? ''}`;
}
