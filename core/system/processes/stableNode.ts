import { join } from 'node:path';
import { findPrograms, type ProgramSearch } from './findProgram.js';

/**
 * A path of Node.js that stays valid after an upgrade: a link that currently resolves to the same file. For settings and
 * hooks, which record the path. Returns `node` itself if no such link exists.
 */
export function stableNode(node: string, search: ProgramSearch): string {
  const target = targetOf(node, search);
  if (target === undefined || isStable(node)) return node;
  const links = [...findPrograms('node', search), ...linksOfManagers(target, search)];
  const stable = links.find((path) => isStable(path) && targetOf(path, search) === target);
  return stable ?? (isTemporary(node) ? target : node);
}

/** Whether no folder in the path has a version in its name or is deleted with a shell session or a project. */
function isStable(path: string): boolean {
  return !/[/\\][^/\\]*\d\.\d[^/\\]*[/\\]/.test(path) && !isTemporary(path);
}

/** fnm creates a folder of links for each shell session, and npx a temporary folder of programs. */
function isTemporary(path: string): boolean {
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
