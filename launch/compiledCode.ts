import { mkdirSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Identifies compiled code, together with Node's version and the processor. */
export interface CompiledKey {
  readonly folder: string;
  readonly name: string;
  readonly build: string;
}

export interface CompiledCode {
  readonly code: Buffer;
  /** False if a later run may compile more of the code. */
  readonly isComplete: boolean;
}

/** Undefined if nothing is cached. V8 itself rejects damaged code, and code made with other flags. */
export function readCompiledCode(key: CompiledKey): CompiledCode | undefined {
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
 * Writes under a temporary name and renames, because other runs may write the same file. Syncs, because V8 checks only
 * the beginning of a file that a power failure could truncate.
 */
export function writeCompiledCode(key: CompiledKey, { code, isComplete }: CompiledCode): void {
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
    // Without a cache, the next run is only slower.
  }
}

const PARTIAL = 0;
const COMPLETE = 1;

function fileName({ name, build }: CompiledKey): string {
  return `${name}-${process.version}-${process.arch}-${build}`;
}
