import { hasOnlyOwnLines } from './hooksFolder.js';
import { removeFromLefthook } from './lefthook.js';
import { withoutBlocks } from './shellBlock.js';
import { removeFromScript, removeFromConfiguration } from './simpleGitHooks.js';
import type { FileState } from './hookPlan.js';

/**
 * A file without the parts that an installation added; null if nothing else remains and the file did not exist before.
 */
export async function withoutOwnParts(path: string, now: FileState, existedBefore: boolean): Promise<FileState | null> {
  if (!existedBefore && hasOnlyOwnLines(now.content)) return null;
  if (/\.jsonc?$/.test(path)) {
    const without =
      (await removeFromLefthook(path, now.content)) ??
      (await removeFromConfiguration(path, now.content)) ??
      now.content;
    return { content: without, mode: now.mode };
  }
  const { content, isAlone } = removeFromScript(withoutBlocks(now.content));
  return isAlone && !existedBefore ? null : { content, mode: now.mode };
}
