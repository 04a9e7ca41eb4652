export const serverMain: string;
export const hostNode: string;
export function findChromium(): string | undefined;
