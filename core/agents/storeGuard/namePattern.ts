/**
 * A shell word after its expansions. A backslash precedes every character that is not part of a glob, such as a quoted
 * `*`. UNKNOWN stands for a part whose value cannot be predicted.
 */
export type Glob = string;

export const UNKNOWN = '\0';

export function quoteGlob(text: string): Glob {
  return text.replace(/[\\*?[\]{},]/g, '\\$&');
}

export function textOf(glob: Glob): string {
  return glob.replace(/\\(.)/gs, '$1');
}

/** `a{b,c}` as `ab` and `ac`, up to a limit. */
export function expandBraces(glob: Glob): readonly Glob[] {
  if (glob.length > MAX_EXPANDED_LENGTH) return [glob];
  const done: Glob[] = [];
  const open = [glob];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const alternatives = firstBraces(next);
    if (alternatives === undefined || done.length + open.length > MAX_ALTERNATIVES) done.push(next);
    else open.push(...alternatives);
  }
  return done.reverse();
}

const MAX_ALTERNATIVES = 1000;
const MAX_EXPANDED_LENGTH = 4096;

/** The innermost first, so nested braces need no parser of their own. */
function firstBraces(glob: Glob): readonly Glob[] | undefined {
  const found = /^((?:\\.|[^\\])*?)\{((?:\\.|[^\\{}])*)\}/s.exec(glob);
  const [whole = '', before = '', content = ''] = found ?? [];
  const choices = content.match(/(?:\\.|[^\\,])+|(?<=^|,)(?=,|$)/gs) ?? [];
  if (found === null || choices.length < 2) return undefined;
  return choices.map((choice) => before + choice + glob.slice(whole.length));
}

/** The names of a path, from the root down; undefined if it is unknown. `cwd`: for a relative path. */
export function namesOf(path: Glob, cwd: string | undefined): readonly Glob[] | undefined {
  if (path.includes(UNKNOWN)) return undefined;
  const isAbsolute = /^(?:\/|[A-Za-z]:\/)/.test(path);
  if (!isAbsolute && cwd === undefined) return undefined;
  const names = isAbsolute ? [] : splitPath(cwd ?? '').map(quoteGlob);
  for (const name of path.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names;
}

/** The names of a literal path. */
export function splitPath(path: string): readonly string[] {
  const separators = process.platform === 'win32' ? /[\\/]+/ : /\/+/;
  return path.split(separators).filter((name) => name !== '');
}

export function joinNames(names: readonly string[]): string {
  return `${/^[A-Za-z]:$/.test(names[0] ?? '') ? '' : '/'}${names.join('/')}`;
}

/** Whether a glob matches a name. `*`, `?` and `[` match a leading dot only if `matchesDots` is set. */
export function matchesName(glob: Glob, name: string, matchesDots = false): boolean {
  if (name.startsWith('.') && !matchesDots && /^[*?[]/.test(glob)) return false;
  return matchesText(glob, name);
}

/**
 * Like `matchesName`, but for any text, in which `*` also matches `/`. Takes linear memory and quadratic time at
 * most.
 */
export function matchesText(glob: Glob, text: string): boolean {
  const steps = glob.match(/\\.|\[[!^]?\]?(?:\\.|[^\]\\])*\]|[^\\]/gs) ?? [];
  let step = 0;
  let at = 0;
  let lastStar = -1;
  let restart = 0;
  while (at < text.length) {
    const current = steps[step];
    if (current === '*') {
      lastStar = step;
      restart = at;
      step += 1;
    } else if (current !== undefined && matchesCharacter(current, text.charAt(at))) {
      step += 1;
      at += 1;
    } else if (lastStar >= 0) {
      step = lastStar + 1;
      restart += 1;
      at = restart;
    } else return false;
  }
  return steps.slice(step).every((rest) => rest === '*');
}

function matchesCharacter(step: string, character: string): boolean {
  if (step === '?') return true;
  if (step.startsWith('\\')) return step.slice(1) === character;
  if (step.length < 3 || !step.startsWith('[')) return step === character;
  const isNegated = /^\[[!^]/.test(step);
  const members = step.slice(isNegated ? 2 : 1, -1);
  return isInClass(members, character) !== isNegated;
}

/** A list such as `a-z_` or `[:alnum:]`. */
function isInClass(members: string, character: string): boolean {
  if (/^\[:\w+:$/.test(members)) return /\w/.test(character);
  for (const [, from = '', to = from] of members.matchAll(/\\?(.)(?:-\\?(.))?/gs)) {
    if (character >= from && character <= to) return true;
  }
  return false;
}
