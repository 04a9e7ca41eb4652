import { isOursAlone } from './hooksFolder.js';
import { withoutBlocks } from './shellBlock.js';
import { withoutOurCommand, withoutOurCommands } from './simpleGitHooks.js';
import type { FileState } from './hookPlan.js';

/**
 * A file without what an installation added: null if nothing else would be left and the file was not there before. The same
 * content where it has nothing of ours.
 */
export async function withoutOwnParts(path: string, now: FileState, wasThere: boolean): Promise<FileState | null> {
  if (!wasThere && isOursAlone(now.content)) return null;
  if (path.endsWith('.json')) {
    return { content: (await withoutOurCommands(path, now.content)) ?? now.content, mode: now.mode };
  }
  const { content, isAlone } = withoutOurCommand(withoutBlocks(now.content));
  return isAlone && !wasThere ? null : { content, mode: now.mode };
}
