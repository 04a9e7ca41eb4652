// Runs after `npm install` in a clone: points git at this repository's own hooks. Where there is no husky (production
// install) or no git folder (an unpacked tarball), there is nothing to point and that is no failure.
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
  const complaint = husky('hooks');
  if (complaint) console.error(`git hooks: ${complaint}`);
}
