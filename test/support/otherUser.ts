import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, lchownSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bareEnvironment, buildCli, CLI_PATH, type CliRun, type CliOptions } from './runCli.js';

/** Debian's "nobody"; any user other than root works. */
const OTHER_USER = { uid: 65534, gid: 65534 } as const;

/** Permissions do not apply to root, so their tests run the product as another user, which only root can do. */
export function canRunAsOtherUser(): boolean {
  return process.getuid?.() === 0;
}

/** Gives a folder and its content to the other user. */
export function giveToOtherUser(path: string): void {
  lchownSync(path, OTHER_USER.uid, OTHER_USER.gid);
  if (!lstatSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) giveToOtherUser(join(path, name));
}

/** Runs the built command line as the other user, who has a home and a state folder of its own. */
export function runCliAsOtherUser(args: readonly string[], { cwd, env, input }: CliOptions = {}): CliRun {
  const program = readableProgram();
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    ...OTHER_USER,
    cwd: cwd ?? dirname(program),
    env: bareEnvironment({
      HOME: join(dirname(program), 'home'),
      FEATURE_BACKUPS_STATE: join(dirname(program), 'state'),
      FEATURE_BACKUPS_VAULT: join(dirname(program), 'vault'),
      ...env,
    }),
    input: input ?? '',
    encoding: 'utf8',
  });
  return { code: status, signal, stdout, stderr };
}

let copied: string | undefined;

/** The checkout may be readable only for its owner. */
function readableProgram(): string {
  if (copied === undefined) {
    buildCli();
    const folder = mkdtempSync(join(tmpdir(), 'feature-backups-other-user-'));
    process.on('exit', () => {
      rmSync(folder, { recursive: true, force: true });
    });
    cpSync(dirname(CLI_PATH), folder, { recursive: true });
    chmodSync(folder, 0o755);
    giveToOtherUser(folder);
    copied = join(folder, 'feature-backups.cjs');
  }
  return copied;
}
