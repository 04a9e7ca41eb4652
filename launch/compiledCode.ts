import { mkdirSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Which compiled code is meant. Another version of Node, another processor or another build has its own. */
export interface CompiledKey {
  readonly folder: string;
  readonly name: string;
  readonly build: string;
}

export interface Compiled {
  readonly code: Buffer;
  /** False when it comes from a run that did not get to all of it: a later run may do better. */
  readonly isComplete: boolean;
}

/** Undefined where nothing is kept. V8 itself refuses what is damaged, or made under other flags. */
export function readCompiled(key: CompiledKey): Compiled | undefined {
  try {
    const bytes = readFileSync(join(key.folder, fileName(key)));
    return bytes.length === 0
      ? undefined
      : { code: bytes.subarray(0, -1), isComplete: bytes[bytes.length - 1] === COMPLETE };
  } catch {
    return undefined;
  }
}

/**
 * Others may be doing the same: whole files appear under the name, the last one stays. Synced, because V8 trusts what
 * begins well, and a loss of power could leave the name with half a file.
 */
export function writeCompiled(key: CompiledKey, { code, isComplete }: Compiled): void {
  const name = fileName(key);
  const temporary = `${name}-${process.pid}`;
  try {
    mkdirSync(key.folder, { recursive: true, mode: 0o700 });
    const bytes = Buffer.concat([code, Buffer.of(isComplete ? COMPLETE : PARTIAL)]);
    writeFileSync(join(key.folder, temporary), bytes, { flag: 'wx', mode: 0o600, flush: true });
    renameSync(join(key.folder, temporary), join(key.folder, name));
    for (const other of readdirSync(key.folder)) {
      if (other.startsWith(`${key.name}-v`) && other !== name) unlinkSync(join(key.folder, other));
    }
  } catch {
    // The next run is only slower.
  }
}

const PARTIAL = 0;
const COMPLETE = 1;

function fileName({ name, build }: CompiledKey): string {
  return `${name}-${process.version}-${process.arch}-${build}`;
}
