import { join } from 'node:path';
import type { GitPosition } from '../store/index.js';
import { gitOutput, type Ports } from '../system/index.js';
import { readText } from './repository.js';
import type { Repository } from './repository.js';

/** The branch (null if HEAD is detached) and its commit (null before the first one). */
export function readHead(repository: Repository, ports: Ports): GitPosition {
  const content = readText(join(repository.gitFolder, 'HEAD'), ports)?.trim() ?? '';
  if (isObjectId(content)) return { branch: null, head: content };
  const ref = /^ref: (refs\/\S.*)$/.exec(content)?.[1];
  // In the reftable format, HEAD contains this placeholder, and only git can read the refs.
  if (ref === undefined || ref === 'refs/heads/.invalid') return headFromGit(repository, ports);
  return { branch: ref.replace(/^refs\/heads\//, ''), head: resolveRef(repository, ref, ports) };
}

export function isObjectId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** Repositories with a million refs exist. */
const MAX_PACKED_REFS_BYTES = 256 * 1024 * 1024;

function resolveRef(repository: Repository, ref: string, ports: Ports): string | null {
  const loose = readText(join(repository.commonFolder, ref), ports)?.trim();
  if (loose !== undefined && isObjectId(loose)) return loose;
  const packed = readText(join(repository.commonFolder, 'packed-refs'), ports, MAX_PACKED_REFS_BYTES) ?? '';
  const line = packed.split('\n').find((candidate) => candidate.slice(candidate.indexOf(' ') + 1) === ref);
  const id = line?.slice(0, line.indexOf(' '));
  return id !== undefined && isObjectId(id) ? id : null;
}

function headFromGit({ workTree }: Repository, ports: Ports): GitPosition {
  return {
    branch: gitOutput(workTree, ['symbolic-ref', '--quiet', '--short', 'HEAD'], ports) ?? null,
    head: gitOutput(workTree, ['rev-parse', '--quiet', '--verify', 'HEAD'], ports) ?? null,
  };
}
