/** The oldest supported Node.js; see "engines" in package.json, and launch.sh. */
const MIN_VERSION = [20, 19] as const;

/** The exit status that makes the launchers try another Node.js; see findNode.sh. */
export const NODE_TOO_OLD_STATUS = 78;

/** Checked first, because an old Node.js would fail later with an unrelated error. */
export function isNodeTooOld(version: string = process.versions.node): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < MIN_VERSION[0] || (major === MIN_VERSION[0] && minor < MIN_VERSION[1]);
}
