/** Puts a colour around text, or leaves it alone where there is to be none. */
export interface Colours {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

export function coloursFor(areWanted: boolean): Colours {
  const style = (start: number, end: number) =>
    areWanted ? (text: string) => `\u001B[${String(start)}m${text}\u001B[${String(end)}m` : (text: string) => text;
  return {
    bold: style(1, 22),
    dim: style(2, 22),
    red: style(31, 39),
    green: style(32, 39),
    yellow: style(33, 39),
    cyan: style(36, 39),
  };
}

/** Only on a terminal that can, and only where NO_COLOR (https://no-color.org) is unset or empty. */
export function wantsColour(isTerminal: boolean, environment: Readonly<Record<string, string | undefined>>): boolean {
  return isTerminal && (environment.NO_COLOR ?? '') === '' && environment.TERM !== 'dumb';
}
