// Runs after `npm install` in a clone, and points git at this repository's hooks. Does nothing without husky (in a
// production install) or without a git folder (in an unpacked tarball).
import { existsSync } from 'node:fs';

if (existsSync('.git')) await installHooks();

async function installHooks() {
  let husky;
  try {
    ({ default: husky } = await import('husky'));
  } catch (error) {
    if (error.code === 'ERR_MODULE_NOT_FOUND') return;
    throw error;
  }
  const problem = husky('hooks');
  if (problem) console.error(`git hooks: ${problem}`);
}
