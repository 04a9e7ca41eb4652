import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, lstatSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bareEnvironment } from './runCli.js';

/** A real repository, used by real git without the developer's own configuration. */
export interface GitRepository {
  readonly path: string;
  /** Runs git and returns its standard output. Throws if it fails. */
  git(...args: readonly string[]): string;
  /** Runs git; does not throw. */
  tryGit(args: readonly string[], environment?: Environment): GitRun;
  write(file: string, content: string, mode?: number): void;
  read(file: string): string;
  /** Commits a file and returns the commit's id. */
  commit(file: string, content: string, message?: string): string;
  head(): string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface GitRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Fixed names and dates, so the same steps in two repositories give the same commits. */
const IDENTITY: Environment = {
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_AUTHOR_DATE: '2026-01-25T14:46:00Z',
  GIT_COMMITTER_NAME: 'C',
  GIT_COMMITTER_EMAIL: 'c@example.com',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ALLOW_PROTOCOL: 'file',
};

/** `environment` overrides the bare one. Commits get the present time unless it sets GIT_COMMITTER_DATE. */
export function makeRepository(path: string, environment: Environment = {}): GitRepository {
  mkdirSync(path, { recursive: true });
  const repository = openRepository(path, environment);
  repository.git('init', '--quiet', '--initial-branch=main', '.');
  repository.git('config', 'commit.gpgSign', 'false');
  return repository;
}

export function openRepository(path: string, environment: Environment = {}): GitRepository {
  const tryGit = (args: readonly string[], more: Environment = {}): GitRun => {
    const env = bareEnvironment({ ...IDENTITY, ...environment, ...more });
    const { status, stdout, stderr } = spawnSync('git', args, { cwd: path, env, encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  const git = (...args: readonly string[]): string => {
    const { status, stdout, stderr } = tryGit(args);
    if (status !== 0) throw new Error(`git ${args.join(' ')} ended with ${String(status)}: ${stderr}`);
    return stdout.trim();
  };
  const write = (file: string, content: string, mode = 0o644): void => {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), content, { mode });
  };
  return {
    path,
    git,
    tryGit,
    write,
    read: (file) => readFileSync(join(path, file), 'utf8'),
    commit: (file, content, message = file) => {
      write(file, content);
      git('add', '--', file);
      git('commit', '--quiet', '-m', message);
      return git('rev-parse', 'HEAD');
    },
    head: () => git('rev-parse', 'HEAD'),
  };
}

/** Every byte, link and permission below a folder, for comparison. */
export function readTree(folder: string, leaveOut = /^$/): Readonly<Record<string, string>> {
  const picture: Record<string, string> = {};
  const visit = (relative: string): void => {
    for (const name of readdirSync(join(folder, relative)).sort()) {
      const path = relative === '' ? name : `${relative}/${name}`;
      if (!leaveOut.test(path)) take(path);
    }
  };
  const take = (path: string): void => {
    const stats = lstatSync(join(folder, path));
    const mode = (stats.mode & 0o777).toString(8);
    if (stats.isSymbolicLink()) picture[path] = `-> ${readlinkSync(join(folder, path))}`;
    else if (stats.isDirectory()) {
      picture[path] = 'folder';
      visit(path);
    } else picture[path] = `${mode} ${readFileSync(join(folder, path)).toString('base64')}`;
  };
  if (existsSync(folder)) visit('');
  return picture;
}

/** History, index and work tree as read by git. */
export function contentOf(repository: GitRepository): string {
  return [
    repository.git('log', '--all', '--format=%H %P %T %s'),
    repository.git('ls-files', '--stage', '--debug').replace(/^ {2}(?:ctime|mtime|dev|uid|size|ino):?.*$/gm, ''),
    repository.git('status', '--porcelain', '--ignored=no'),
    repository.git('diff'),
  ].join('\n--\n');
}
