// The kinds of workspace that the extension is tested in; each is a folder of test/extension.
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const fixtures = join(import.meta.dirname, '../../fixtures/autoforge-live');

/** `prepare` gets an empty folder and gives the folder or `.code-workspace` to open; undefined opens none. */
export const workspaces = {
  single: { isTrusted: true, prepare: async (scratch) => await makeProject(join(scratch, 'shop front')) },
  history: { isTrusted: true, prepare: async (scratch) => await makeProject(join(scratch, 'long life')) },
  allProjects: { isTrusted: true, prepare: prepareAllProjects },
  multiRoot: { isTrusted: true, prepare: prepareMultiRoot },
  untrusted: { isTrusted: false, prepare: prepareUntrusted },
  empty: { isTrusted: true, prepare: async () => undefined },
};

/** A project as AutoForge leaves it: 598 features, 200 of them passing, the last 29 only in the write-ahead log. */
export async function makeProject(folder, state = '2-after-200-passing') {
  const target = join(folder, '.autoforge');
  await mkdir(target, { recursive: true });
  // Without -shm: it is rebuilt by whoever opens the database.
  for (const name of await readdir(join(fixtures, state))) {
    await copyFile(join(fixtures, state, name), join(target, name));
  }
  return folder;
}

/** One of several projects of a user; the test itself makes the others, and the registry. */
async function prepareAllProjects(scratch) {
  return await makeProject(join(scratch, 'work', 'open here'));
}

async function prepareMultiRoot(scratch) {
  await makeProject(join(scratch, 'alpha'));
  await makeProject(join(scratch, 'beta'), '1-after-bulk-create');
  await mkdir(join(scratch, 'gamma'));
  const file = join(scratch, 'several.code-workspace');
  const folders = ['alpha', 'beta', 'gamma'].map((path) => ({ path }));
  await writeFile(file, JSON.stringify({ folders }, null, 2));
  return file;
}

/** With a backup made before, as a foreign folder would bring along. */
async function prepareUntrusted(scratch) {
  const folder = await makeProject(join(scratch, 'stranger'));
  const store = join(folder, '.feature_backups');
  await mkdir(store);
  await copyFile(join(fixtures, '0-created/features.db'), join(store, 'features_12_20260125-144600_manual.db'));
  return folder;
}
