import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Functions that style text for a terminal, or return it unchanged. */
export type Colours = Readonly<Record<Style, (text: string) => string>>;

export function coloursFor(isEnabled: boolean): Colours {
  // Without validation, because Node would load process.stdout for it; the caller has checked the terminal.
  const style = (name: Style) => (text: string) =>
    isEnabled ? styleText(name, text, { validateStream: false }) : text;
  return {
    bold: style('bold'),
    dim: style('dim'),
    red: style('red'),
    green: style('green'),
    yellow: style('yellow'),
    cyan: style('cyan'),
  };
}

/** Only on a capable terminal, and if NO_COLOR (https://no-color.org) is unset or empty. */
export function useColour(isTerminal: boolean, environment: Readonly<Record<string, string | undefined>>): boolean {
  return isTerminal && (environment.NO_COLOR ?? '') === '' && environment.TERM !== 'dumb';
}
