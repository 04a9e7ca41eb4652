import { hasOnlyOwnLines } from './hooksFolder.js';
import { withoutBlocks } from './shellBlock.js';
import { withoutOurCommand, withoutOurCommands } from './simpleGitHooks.js';
import type { FileState } from './hookPlan.js';

/**
 * A file without the parts that an installation added; null if nothing else remains and the file did not exist before.
 */
export async function withoutOwnParts(path: string, now: FileState, existedBefore: boolean): Promise<FileState | null> {
  if (!existedBefore && hasOnlyOwnLines(now.content)) return null;
  if (path.endsWith('.json')) {
    return { content: (await withoutOurCommands(path, now.content)) ?? now.content, mode: now.mode };
  }
  const { content, isAlone } = withoutOurCommand(withoutBlocks(now.content));
  return isAlone && !existedBefore ? null : { content, mode: now.mode };
}
