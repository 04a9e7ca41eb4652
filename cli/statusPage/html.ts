import { escapeHtml, visible } from '../../core/system/index.js';

/** Text that is valid HTML. Only `html` and `trusted` create it. */
export interface Html {
  readonly html: string;
}

type Part = Html | string | number | undefined | readonly Part[];

/** HTML from a template. Escapes every part that is not HTML itself, so that no name can add markup. */
export function html(template: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const literals = template.map((literal) => literal.replace(/\s*\n\s*/g, '\n'));
  return { html: literals.reduce((text, literal, index) => text + textOf(parts[index - 1]) + literal) };
}

/** For constants of the program, such as its style sheet. */
export function trusted(text: string): Html {
  return { html: text };
}

function textOf(part: Part): string {
  if (part === undefined) return '';
  if (typeof part === 'string') return escapeHtml(visible(part));
  if (typeof part === 'number') return String(part);
  return 'html' in part ? part.html : part.map(textOf).join('');
}
