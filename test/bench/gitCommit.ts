import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { addFeatureDatabase, changeBacklog } from '../support/gitProject.js';
import { makeRepository, type GitRepository } from '../support/gitRepository.js';
import { bareEnvironment, CLI_PATH } from '../support/runCli.js';
import { makeTemporaryFolder } from '../support/temporaryFolder.js';
import { measure, timeOf, type Candidate, type Measured } from './measure.js';
import { milliseconds, printTable } from './table.js';

const ROUNDS = 31;
const NODE = 'bare node -e 0';
const WITHOUT = 'git commit without the hooks';

/** What the hooks add to `git commit`, against a bare node: at most 1.3 times unchanged, at most 2 times changed. */
export async function benchGitCommit(): Promise<void> {
  const folder = await makeTemporaryFolder();
  try {
    const measured = await measure(candidatesIn(folder), ROUNDS);
    printAdded(measured);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

function candidatesIn(folder: string): readonly Candidate[] {
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
    { name: NODE, run: timeOfBareNode },
    { name: WITHOUT, run: () => timeOfCommit(without) },
    { name: `${WITHOUT}, 50,000 files`, run: () => timeOfCommit(large) },
    ...withHooks,
  ];
}

function repositoryIn(path: string, files: number, isEmpty = false): GitRepository {
  const repository = makeRepository(path);
  if (!isEmpty) addFeatureDatabase(repository);
  for (let index = 0; index < files; index++) repository.write(`${index % 25}/${index % 500}/${index}`, '');
  repository.write('file', '');
  repository.git('add', '--all');
  repository.git('commit', '--quiet', '-m', 'first');
  return repository;
}

/** In the same environment as the commits: what npm and tsx leave in ours would slow it down. */
function timeOfBareNode(): number {
  return timeOf(() => spawnSync(process.execPath, ['-e', '0'], { env: bareEnvironment(), stdio: 'ignore' }));
}

function timeOfCommit(repository: GitRepository): number {
  return timeOf(() => repository.git('commit', '--quiet', '--allow-empty', '-m', 'x'));
}

function printAdded(measured: readonly Measured[]): void {
  const medianOf = (name: string): number => measured.find((one) => one.name === name)?.medianMs ?? Number.NaN;
  const rows = measured.map(({ name, medianMs }) => {
    if (name === NODE || name.startsWith(WITHOUT)) return [name, milliseconds(medianMs), '', ''];
    const addedMs = medianMs - medianOf(name.includes('50,000') ? `${WITHOUT}, 50,000 files` : WITHOUT);
    return [name, milliseconds(medianMs), milliseconds(addedMs), `${(addedMs / medianOf(NODE)).toFixed(2)} x`];
  });
  printTable('What the hooks add to git commit', ['what', 'median', 'added', `against ${NODE}`], rows);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await benchGitCommit();
