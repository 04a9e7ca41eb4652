import { textOf, type Glob } from './namePattern.js';

/** The options of a command: `valued` ones take the next word, or the rest of their own. */
export interface OptionRules {
  /** Letters of the options with a value. */
  readonly valued?: string;
  /** Long options whose value can be the next word. */
  readonly valuedLong?: readonly string[];
  /** The first operand ends the options, as for a command that runs another one. */
  readonly stopsEarly?: boolean;
}

export interface CommandWords {
  /** Single letters, and long options without dashes and value. */
  readonly options: ReadonlySet<string>;
  readonly values: readonly { readonly option: string; readonly value: Glob }[];
  readonly operands: readonly Glob[];
}

/** Reads the words after a command's name as getopt does. */
export function readWords(words: readonly Glob[], rules: OptionRules = {}): CommandWords {
  const options = new Set<string>();
  const values: { option: string; value: Glob }[] = [];
  const operands: Glob[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') return { options, values, operands: [...operands, ...words.slice(at + 1)] };
    if (word.startsWith('--')) at += readLong(word, words[at + 1]);
    else if (/^-./s.test(word)) at += readShort(word, words[at + 1]);
    else if (rules.stopsEarly === true) return { options, values, operands: words.slice(at) };
    else operands.push(word);
  }
  return { options, values, operands };

  /** The number of further words that it takes. */
  function readLong(word: Glob, next: Glob | undefined): number {
    const [, option = '', value] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    options.add(option);
    if (value !== undefined) values.push({ option, value });
    else if (rules.valuedLong?.includes(option) === true) {
      values.push({ option, value: next ?? '' });
      return 1;
    }
    return 0;
  }

  function readShort(word: Glob, next: Glob | undefined): number {
    const letters = textOf(word).slice(1);
    for (let index = 0; index < letters.length; index += 1) {
      const option = letters.charAt(index);
      options.add(option);
      if (rules.valued?.includes(option) !== true) continue;
      const rest = word.slice(index + 2);
      values.push({ option, value: rest === '' ? (next ?? '') : rest });
      return rest === '' ? 1 : 0;
    }
    return 0;
  }
}

export function valuesOf({ values }: CommandWords, ...names: readonly string[]): readonly Glob[] {
  return values.flatMap(({ option, value }) => (names.includes(option) ? [value] : []));
}

/**
 * The command that runs in the end: without `sudo`, `env`, `timeout` and the like. The folder is that of `env -C` or
 * `sudo -D`.
 */
export function unwrap(words: readonly Glob[]): { readonly words: readonly Glob[]; readonly folder: Glob | undefined } {
  let rest = words;
  let folder: Glob | undefined;
  for (let depth = 0; depth < MAX_WRAPPERS; depth += 1) {
    const wrapper = WRAPPERS.get(programOf(rest));
    if (wrapper === undefined) break;
    const { rules, leading = 0 } = wrapper;
    const read = readWords(rest.slice(1), { ...rules, stopsEarly: true });
    folder = valuesOf(read, 'C', 'chdir', 'D').at(-1) ?? folder;
    const operands = read.operands.slice(leading);
    const first = operands.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
    rest = first === -1 ? [] : operands.slice(first);
  }
  return { words: rest, folder };
}

/** The name of a command's program, without its folder. */
export function programOf([first = '']: readonly Glob[]): string {
  return textOf(first).replace(/^.*\//s, '');
}

const MAX_WRAPPERS = 8;

interface Wrapper {
  readonly rules: OptionRules;
  /** The number of operands before the command. */
  readonly leading?: number;
}

const WRAPPERS: ReadonlyMap<string, Wrapper> = new Map<string, Wrapper>([
  ...['command', 'builtin', 'nohup', 'setsid', 'busybox', 'toybox', 'npx', 'bunx', 'unbuffer'].map(
    (name): [string, Wrapper] => [name, { rules: {} }],
  ),
  ['sudo', { rules: { valued: 'ugCDhpRT', valuedLong: ['user', 'group', 'chdir'] } }],
  ['doas', { rules: { valued: 'uC' } }],
  ['env', { rules: { valued: 'uC', valuedLong: ['unset', 'chdir'] } }],
  ['exec', { rules: { valued: 'a' } }],
  ['time', { rules: { valued: 'fo' } }],
  ['nice', { rules: { valued: 'n', valuedLong: ['adjustment'] } }],
  ['ionice', { rules: { valued: 'cn' } }],
  ['stdbuf', { rules: { valued: 'ioe' } }],
  ['timeout', { rules: { valued: 'ks', valuedLong: ['kill-after', 'signal'] }, leading: 1 }],
]);
