import { dirname, join } from 'node:path';
import { hashOfPath, makeStateFolder, realPath } from '../../project/index.js';
import {
  isWithin,
  kindAt,
  parseJson,
  readPlainFile,
  replaceFile,
  stringsIn,
  uniqueToken,
  userStateFolder,
  type Ports,
} from '../../system/index.js';
import { hookFolder } from '../repository.js';
import type { Repository } from '../repository.js';

/** The hooks folder if it is outside the repository, as with a global `core.hooksPath`. */
export function sharedFolderOf({ workTree, commonFolder }: Repository, hooksFolder: string): string | undefined {
  return isWithin(workTree, hooksFolder) || isWithin(commonFolder, hooksFolder) ? undefined : hooksFolder;
}

export function isUser(folder: string, { commonFolder }: Repository, ports: Ports): boolean {
  return readUsers(folder, ports).includes(commonFolder);
}

/** The git folders of the other repositories in which the hooks are installed and use this folder. */
export function otherUsers(folder: string, { commonFolder }: Repository, ports: Ports): readonly string[] {
  return readUsers(folder, ports).filter(
    (user) => user !== commonFolder && kindAt(join(hookFolder(user), 'gitHook.sh'), ports) === 'file',
  );
}

/** Only warns on failure, because the hooks work without it. */
export function addUser(folder: string, repository: Repository, ports: Ports): void {
  if (!isUser(folder, repository, ports)) {
    writeUsers(folder, [...otherUsers(folder, repository, ports), repository.commonFolder], ports);
  }
}

export function removeUser(folder: string, repository: Repository, ports: Ports): void {
  if (isUser(folder, repository, ports)) writeUsers(folder, otherUsers(folder, repository, ports), ports);
}

const MAX_USERS_BYTES = 1024 * 1024;

function readUsers(folder: string, ports: Ports): readonly string[] {
  try {
    const file = readPlainFile(usersPath(folder, ports), MAX_USERS_BYTES, ports.files);
    return file.status === 'read' ? stringsIn(parseJson(file.content.toString('utf8'))) : [];
  } catch {
    // Writing the file fails too, and warns.
    return [];
  }
}

function writeUsers(folder: string, users: readonly string[], ports: Ports): void {
  try {
    const path = usersPath(folder, ports);
    makeStateFolder(dirname(path), ports);
    replaceFile(path, `${path}.${uniqueToken()}.tmp`, Buffer.from(`${JSON.stringify(users)}\n`), ports.files);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    ports.onWarning?.(`Could not record which repositories use the hooks in ${folder}: ${reason}`);
  }
}

/** In the state folder, because a record in the hooks folder could come from anybody. */
function usersPath(folder: string, ports: Ports): string {
  return join(userStateFolder(ports.environment), 'hooks-folders', `${hashOfPath(realPath(folder, ports))}.json`);
}
