import { spawnSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { rm } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { addFeatureDatabase, changeBacklog } from '../support/gitProject.js';
import { makeRepository, type GitRepository } from '../support/gitRepository.js';
import { CLI_PATH } from '../support/runCli.js';
import { makeTemporaryFolder } from '../support/temporaryFolder.js';
import {
  measure,
  processEnvironments,
  timeOf,
  timeOfProcess,
  type Candidate,
  type Measured,
  type ProcessEnvironment,
} from './measure.js';
import { milliseconds, printTable } from './table.js';

const ROUNDS = 31;
const NODE = 'bare node -e 0';
const WITHOUT = 'git commit without the hooks';

/**
 * The time that the hooks add to `git commit`, relative to a bare node: at most 1.3 times unchanged, 2 times changed.
 */
export async function benchGitCommit(): Promise<void> {
  for (const around of processEnvironments()) {
    const folder = await makeTemporaryFolder();
    try {
      printAdded(around, await measure(candidatesIn(folder, around).map(afterPause), ROUNDS));
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    }
  }
}

/** Waits until the previous commit is linked to its backup. That happens in the background, so it is not measured. */
function afterPause({ name, run }: Candidate): Candidate {
  return {
    name,
    run: async () => {
      await pause(LINK_MS);
      return await run();
    },
  };
}

/** Several times as long as linking takes. */
const LINK_MS = 300;

function candidatesIn(folder: string, around: ProcessEnvironment): readonly Candidate[] {
  const repositoryIn = (path: string, files: number, isEmpty = false): GitRepository =>
    makeRepositoryIn(path, around, files, isEmpty);
  const without = repositoryIn(`${folder}/without`, 0);
  const candidates = [
    { title: 'database unchanged', files: 0, change: () => undefined },
    { title: 'database changed', files: 0, change: changeBacklog },
    { title: 'no feature database', files: 0, change: () => undefined, empty: true },
    { title: 'unchanged, 50,000 files', files: 50_000, change: () => undefined },
  ];
  const withHooks = candidates.map(({ title, files, change, empty = false }): Candidate => {
    const repository = repositoryIn(`${folder}/${title}`, files, empty);
    const { status, stderr } = spawnSync(process.execPath, [CLI_PATH, 'install', 'git'], { cwd: repository.path });
    if (status !== 0) throw new Error(stderr.toString());
    return {
      name: title,
      run: () => {
        change(repository);
        return timeOfCommit(repository);
      },
    };
  });
  const large = repositoryIn(`${folder}/large`, 50_000);
  return [
    { name: NODE, run: () => timeOfProcess(process.execPath, ['-e', '0'], around) },
    { name: WITHOUT, run: () => timeOfCommit(without) },
    { name: `${WITHOUT}, 50,000 files`, run: () => timeOfCommit(large) },
    ...withHooks,
  ];
}

function makeRepositoryIn(path: string, around: ProcessEnvironment, files: number, isEmpty: boolean): GitRepository {
  const repository = makeRepository(path, around.environment);
  if (!isEmpty) addFeatureDatabase(repository);
  for (let index = 0; index < files; index++) repository.write(`${index % 25}/${index % 500}/${index}`, '');
  repository.write('file', '');
  repository.git('add', '--all');
  repository.git('commit', '--quiet', '-m', 'first');
  return repository;
}

function timeOfCommit(repository: GitRepository): number {
  return timeOf(() => repository.git('commit', '--quiet', '--allow-empty', '-m', 'x'));
}

function printAdded(around: ProcessEnvironment, measured: readonly Measured[]): void {
  const medianOf = (name: string): number => measured.find((one) => one.name === name)?.medianMs ?? Number.NaN;
  const rows = measured.map(({ name, medianMs }) => {
    if (name === NODE || name.startsWith(WITHOUT)) return [name, milliseconds(medianMs), '', ''];
    const addedMs = medianMs - medianOf(name.includes('50,000') ? `${WITHOUT}, 50,000 files` : WITHOUT);
    return [name, milliseconds(medianMs), milliseconds(addedMs), `${(addedMs / medianOf(NODE)).toFixed(2)} x`];
  });
  printTable(`What the hooks add to git commit, ${around.name}`, ['what', 'median', 'added', `against ${NODE}`], rows);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await benchGitCommit();
