/** Translates a message, and fills its `{0}` placeholders. */
export type Translate = (message: string, ...values: readonly (string | number)[]) => string;

let translate: Translate = fillPlaceholders;

/** For modules that do not import vscode; English until `translateWith` is called. */
export const l10n = {
  t: (message: string, ...values: readonly (string | number)[]): string => translate(message, ...values),
};

/** Called once, on activation, with VS Code's `l10n.t`. */
export function translateWith(translator: Translate): void {
  translate = translator;
}

function fillPlaceholders(message: string, ...values: readonly (string | number)[]): string {
  return message.replace(/\{(\d+)\}/g, (place, index: string) => String(values[Number(index)] ?? place));
}
