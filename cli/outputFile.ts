import { dirname, resolve } from 'node:path';
import { realPath } from '../core/project/index.js';
import { asBackupError, BackupError, kindAt, replaceShared, type Ports } from '../core/system/index.js';

/** A kind of file that a command writes to a path given by the user. */
export interface OutputKind {
  /** A verb phrase: "write the status page". */
  readonly operation: string;
  /** "an HTML page". */
  readonly content: string;
  readonly exampleName: string;
  /** Matches the start of such a file. */
  readonly start: RegExp;
}

/**
 * The path of the file, with links resolved. Throws `usage` if its folder is missing, or if writing it would replace
 * something else: a folder, or a file with other content, such as a database after a mistyped option.
 */
export function outputPath(file: string, output: OutputKind, cwd: string, ports: Ports): string {
  const path = realPath(resolve(cwd, file), ports);
  const folder = dirname(path);
  const kind = kindAt(path, ports);
  const refused = (message: string, hint: string): BackupError =>
    new BackupError(message, { code: 'usage', operation: output.operation, path, hint });
  if (kind !== 'file' && kind !== 'nothing')
    throw refused(`${path} is a ${kind}`, `Specify a file name, such as ${output.exampleName}.`);
  if (kindAt(folder, ports) !== 'folder')
    throw refused(`The folder ${folder} does not exist`, 'Create it, or choose another one.');
  if (kind === 'file' && !isReplaceable(path, output, ports))
    throw refused(`${path} exists and is not ${output.content}`, 'It was not changed. Choose another name.');
  return path;
}

/** Replaces the file atomically. Others can read it, as a web server or a collector must. */
export function writeOutput(path: string, text: string, { operation }: OutputKind, { files }: Ports): void {
  try {
    replaceShared(path, Buffer.from(text), files);
  } catch (error) {
    throw asBackupError(error, operation, path);
  }
}

/** An empty file, or one of the same kind. */
function isReplaceable(path: string, { start, operation }: OutputKind, { files }: Ports): boolean {
  try {
    const content = Buffer.alloc(64);
    const descriptor = files.openSync(path, 'r');
    try {
      const length = files.readSync(descriptor, content, 0, content.length, 0);
      return length === 0 || start.test(content.toString('latin1', 0, length));
    } finally {
      files.closeSync(descriptor);
    }
  } catch (error) {
    throw asBackupError(error, operation, path);
  }
}
