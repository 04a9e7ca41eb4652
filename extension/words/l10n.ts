/** Turns a message with `{0}` places into the user's language. */
export type Translate = (message: string, ...values: readonly (string | number)[]) => string;

let translate: Translate = fillPlaces;

/** The words of everything below extension/ that does not import vscode; in English until `translateWith` is called. */
export const l10n = {
  t: (message: string, ...values: readonly (string | number)[]): string => translate(message, ...values),
};

/** Called once, at activation, with VS Code's own `l10n.t`. */
export function translateWith(translator: Translate): void {
  translate = translator;
}

function fillPlaces(message: string, ...values: readonly (string | number)[]): string {
  return message.replace(/\{(\d+)\}/g, (place, index: string) => String(values[Number(index)] ?? place));
}
