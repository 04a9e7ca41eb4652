import { runTask } from './runTask.js';
import type { RegisteredProject } from './types.js';

/** The projects in an image of AutoForge's registry, oldest first. Throws what `readFeatures` throws. */
export async function readRegistry(image: Buffer): Promise<readonly RegisteredProject[]> {
  return await runTask('readRegistry', image, null);
}
