import { join } from 'node:path';
import { StoreProof } from '../storeProof.js';
import { testProject } from '../testProject.js';

/** Proves that every backup of the project in this folder is intact. Returns the number of distinct states. */
export function proveBackups(folder: string): number {
  const proof = new StoreProof(join(folder, 'proof'));
  proof.add(testProject(folder), folder);
  return proof.finish();
}
