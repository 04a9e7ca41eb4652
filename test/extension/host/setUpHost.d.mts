export const isHostPossible: boolean;
export function setUpHost(): Promise<void>;
