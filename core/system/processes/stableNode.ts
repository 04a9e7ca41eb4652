import { join } from 'node:path';
import { findPrograms, type ProgramSearch } from './findProgram.js';

/**
 * A path of a Node.js that stays valid when the version is upgraded: a link that leads to the same file now. For settings
 * and hooks, which record the path. The path itself if no such link exists.
 */
export function stableNode(node: string, search: ProgramSearch): string {
  const target = targetOf(node, search);
  if (target === undefined || isStable(node)) return node;
  const links = [...findPrograms('node', search), ...linksOfManagers(target, search)];
  const stable = links.find((path) => isStable(path) && targetOf(path, search) === target);
  return stable ?? (isOfOneSession(node) ? target : node);
}

/** No folder with a version in its name, and none that is removed with a shell or a project. */
function isStable(path: string): boolean {
  return !/[/\\][^/\\]*\d\.\d[^/\\]*[/\\]/.test(path) && !isOfOneSession(path);
}

/** fnm makes a folder of links for each shell, and npx one of programs. */
function isOfOneSession(path: string): boolean {
  return /[/\\](?:fnm_multishells|node_modules|_npx)[/\\]/.test(path);
}

function linksOfManagers(target: string, { environment }: ProgramSearch): readonly string[] {
  const { HOME: home = '' } = environment;
  const [, prefix, formula, inFormula] = /^(.*)\/Cellar\/([^/]+)\/[^/]+\/(.*)$/.exec(target) ?? [];
  const [, versions, major, inVersion] = /^(.*\/mise\/installs\/node)\/(\d+)\.[^/]*\/(.*)$/.exec(target) ?? [];
  const fnmFolders = ['.local/share/fnm', '.fnm', 'Library/Application Support/fnm'];
  return [
    ...(prefix === undefined ? [] : [`${prefix}/opt/${String(formula)}/${String(inFormula)}`]),
    ...(versions === undefined ? [] : [`${versions}/${String(major)}/${String(inVersion)}`]),
    ...(home === '' ? [] : [join(home, '.nvm/current/bin/node')]),
    ...(home === '' ? [] : fnmFolders.map((folder) => join(home, folder, 'aliases/default/bin/node'))),
    ...['/usr/local/bin/node', '/opt/homebrew/bin/node', '/home/linuxbrew/.linuxbrew/bin/node', '/usr/bin/node'],
  ];
}

function targetOf(path: string, { files }: ProgramSearch): string | undefined {
  try {
    return files.realpathSync(path);
  } catch {
    return undefined;
  }
}
