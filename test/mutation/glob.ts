/** Whether a path with slashes matches a glob of `*` (no slash), `**` (any) and `{a,b}`. */
export function matchesGlob(path: string, glob: string): boolean {
  const pattern = glob
    .replaceAll(/[.+?^$()|[\]\\]/g, '\\$&')
    .replaceAll(/\*+/g, (stars) => (stars.length > 1 ? '.*' : '[^/]*'))
    .replaceAll('{', '(?:')
    .replaceAll('}', ')')
    .replaceAll(',', '|');
  return new RegExp(`^${pattern}$`).test(path);
}
