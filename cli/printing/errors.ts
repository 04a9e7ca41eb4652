import { BackupError, exitCodeOf, visible, visibleLines, type ExitCode } from '../../core/system/index.js';
import { coloursFor, useColour } from './colours.js';
import { STDERR, STDOUT, isTerminal, write } from './streams.js';

/** Prints what happened, to which file, and what to do next; as a document with --json. Returns the exit code. */
export async function reportError(error: unknown, json: boolean): Promise<ExitCode> {
  if (json) write(STDOUT, `${JSON.stringify(errorDocument(error), null, 2)}\n`);
  const colours = coloursFor(useColour(await isTerminal(STDERR), process.env));
  const text = error instanceof BackupError ? knownError(error) : bug(error);
  const [first = '', ...rest] = text.split('\n');
  write(STDERR, [`${colours.red('feature-backups:')} ${first}`, ...rest, ''].join('\n'));
  if (process.env.FEATURE_BACKUPS_DEBUG === '1' && error instanceof Error) write(STDERR, `${stackOf(error)}\n`);
  return exitCodeOf(error);
}

interface ErrorDocument {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly path: string | null;
    readonly hint: string | null;
  };
}

export function errorDocument(error: unknown): ErrorDocument {
  if (!(error instanceof BackupError)) {
    return { error: { code: 'bug', message: messageOf(error), path: null, hint: BUG_REPORT_HINT } };
  }
  const { code, message, path, hint } = error;
  return { error: { code, message, path: path ?? null, hint: hint ?? null } };
}

function knownError({ code, operation, message, path, hint }: BackupError): string {
  const lines = [visibleLines(message)];
  if (path !== undefined && !message.includes(path)) lines.push(`  ${visible(path)}`);
  if (hint !== undefined)
    lines.push(
      ...visibleLines(hint)
        .split('\n')
        .map((line) => `  ${line}`),
    );
  // Not part of the hint, because the editor shows that too.
  if (code === 'store-busy' && operation === 'lock the backup store') lines.push(`  ${UNLOCK_HINT}`);
  return lines.join('\n');
}

const UNLOCK_HINT = 'Run feature-backups unlock to see who holds the lock, and to remove it.';

const BUG_REPORT_HINT =
  'This is a bug in Feature Backups. Run it again with FEATURE_BACKUPS_DEBUG=1 and report the output.';

function bug(error: unknown): string {
  return `unexpected error: ${visible(messageOf(error))}\n  ${BUG_REPORT_HINT}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function stackOf(error: Error): string {
  const stack = error.stack ?? String(error);
  return error.cause instanceof Error ? `${stack}\nCaused by: ${stackOf(error.cause)}` : stack;
}
