import { BackupError, monotonicMs, realPorts, visibleLines, type Ports } from '../core/system/index.js';
import { coloursFor, wantsColour, type Colours } from './printing/colours.js';
import { progressBar } from './printing/progress.js';
import { STDERR, STDOUT, isTerminal, readLine, write } from './printing/streams.js';
import { table, tabSeparated, type Column } from './printing/table.js';

/** Where a command speaks: prose or one JSON document to standard output, all else to standard error. */
export interface Console {
  readonly json: boolean;
  /** Standard output is a terminal: tables and colours; otherwise plain lines. */
  readonly isTerminal: boolean;
  readonly colours: Colours;
  readonly ports: Ports;
  readonly cwd: string;
  /** Prose; silent with --json. */
  readonly print: (text: string) => void;
  /** The one document; silent without --json. */
  readonly printJson: (document: unknown) => void;
  /** A table on a terminal, tab-separated lines elsewhere. `plain` are the rows for a program, when they differ. */
  readonly printTable: (
    columns: readonly Column[],
    rows: readonly (readonly string[])[],
    plain?: readonly (readonly string[])[],
  ) => void;
  /** To standard error. */
  readonly note: (text: string) => void;
  /** Asks on the terminal; undefined where nobody is there to answer. */
  readonly ask: (question: string) => Promise<boolean | undefined>;
}

export async function openConsole(json: boolean): Promise<Console> {
  const terminal = !json && (await isTerminal(STDOUT));
  const colours = coloursFor(wantsColour(terminal, process.env));
  const progress = await progressToTerminal();
  const note = (text: string): void => {
    progress.clear();
    write(STDERR, text);
  };
  return {
    json,
    isTerminal: terminal,
    colours,
    cwd: currentFolder(),
    ports: { ...realPorts(), onProgress: progress.report, onWarning: warnOnce(note) },
    print: (text) => {
      if (json) return;
      progress.clear();
      write(STDOUT, text);
    },
    printJson: (document) => {
      if (!json) return;
      progress.clear();
      write(STDOUT, `${JSON.stringify(document, null, 2)}\n`);
    },
    printTable: (columns, rows, plain = rows) => {
      if (json || rows.length === 0) return;
      progress.clear();
      write(STDOUT, terminal ? table(columns, rows, colours) : tabSeparated(plain));
    },
    note,
    ask: async (question) => {
      progress.clear();
      if (json || !(await isTerminal(0)) || !(await isTerminal(STDERR))) return undefined;
      write(STDERR, `${colours.bold(question)} [y/N] `);
      return /^y(es)?$/i.test((readLine() ?? '').trim());
    },
  };
}

async function progressToTerminal(): Promise<ReturnType<typeof progressBar>> {
  const toTerminal = (await isTerminal(STDERR)) && process.env.TERM !== 'dumb';
  const nothing = (): void => undefined;
  return progressBar(toTerminal ? (text) => write(STDERR, text) : nothing, monotonicMs);
}

/** A configuration is read more than once; its warnings are said once. */
function warnOnce(note: (text: string) => void): (warning: string) => void {
  const said = new Set<string>();
  return (warning) => {
    if (said.has(warning)) return;
    said.add(warning);
    note(`feature-backups: warning: ${visibleLines(warning)}\n`);
  };
}

function currentFolder(): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new BackupError('The working directory does not exist any more', {
      code: 'project-not-found',
      operation: 'find the project',
      hint: 'Change to a folder that exists, and try again.',
      cause: error,
    });
  }
}
