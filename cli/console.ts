import { BackupError, monotonicMs, readInputLine, realPorts, visibleLines, type Ports } from '../core/system/index.js';
import { coloursFor, useColour, type Colours } from './printing/colours.js';
import { progressBar } from './printing/progress.js';
import { STDERR, STDOUT, isTerminal, write } from './printing/streams.js';

/** The output of a command: text or one JSON document to standard output, everything else to standard error. */
export interface Console {
  readonly json: boolean;
  /** Standard output is a terminal, which gets tables and colours; a pipe gets plain lines. */
  readonly isTerminal: boolean;
  readonly colours: Colours;
  readonly ports: Ports;
  readonly cwd: string;
  /** Prints text; does nothing with --json. */
  readonly print: (text: string) => void;
  /** Prints the one document; does nothing without --json. */
  readonly printJson: (document: unknown) => void;
  /** Prints to standard error. */
  readonly note: (text: string) => void;
  /** Asks on the terminal; undefined without a terminal, or with --json. */
  readonly ask: (question: string) => Promise<boolean | undefined>;
}

export async function openConsole(json: boolean): Promise<Console> {
  const terminal = !json && (await isTerminal(STDOUT));
  const colours = coloursFor(useColour(terminal, process.env));
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
    ports: {
      ...realPorts(),
      onProgress: progress.report,
      onWarning: warnOnce(note),
      onNotice: (notice) => note(`${visibleLines(notice)}.\n`),
    },
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
    note,
    ask: async (question) => {
      progress.clear();
      if (json || !(await isTerminal(0)) || !(await isTerminal(STDERR))) return undefined;
      write(STDERR, `${colours.bold(question)} [y/N] `);
      return /^y(es)?$/i.test((readInputLine(realPorts().files) ?? '').trim());
    },
  };
}

async function progressToTerminal(): Promise<ReturnType<typeof progressBar>> {
  const toTerminal = (await isTerminal(STDERR)) && process.env.TERM !== 'dumb';
  const nothing = (): void => undefined;
  return progressBar(toTerminal ? (text) => write(STDERR, text) : nothing, monotonicMs);
}

/** A configuration is read several times; each of its warnings is printed once. */
function warnOnce(note: (text: string) => void): (warning: string) => void {
  const reported = new Set<string>();
  return (warning) => {
    if (reported.has(warning)) return;
    reported.add(warning);
    note(`feature-backups: warning: ${visibleLines(warning)}\n`);
  };
}

function currentFolder(): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new BackupError('The working directory no longer exists', {
      code: 'project-not-found',
      operation: 'find the project',
      hint: 'Change to an existing folder and try again.',
      cause: error,
    });
  }
}
