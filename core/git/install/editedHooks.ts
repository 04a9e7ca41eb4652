import { isDeepStrictEqual } from 'node:util';
import { BackupError, type Ports } from '../../system/index.js';
import { hooksFolderOf, placeInManager } from './planInstall.js';
import { blocksIn } from './shellBlock.js';
import type { InstalledHooks } from './installedHooks.js';
import type { FileState } from './hookPlan.js';

/**
 * The files of a hook manager in which the installed commands were edited or removed: an installation would write others.
 * Lines of the user around them do not count.
 */
export async function findEditedHooks(
  { repository, manager }: Pick<InstalledHooks, 'repository' | 'manager'>,
  ports: Ports,
): Promise<readonly string[]> {
  const placement = await placementOrNone();
  const edited = await Promise.all(
    (placement?.changes ?? []).map(async ({ path, before, after }) =>
      before !== null && after !== null && !(await hasSameCommands(path, before, after)) ? [path] : [],
    ),
  );
  return edited.flat();

  async function placementOrNone() {
    try {
      return await placeInManager(repository, hooksFolderOf(repository, ports), manager, ports);
    } catch (error) {
      // Commands that the user added by hand, to a configuration that cannot be edited.
      if (error instanceof BackupError) return undefined;
      throw error;
    }
  }
}

async function hasSameCommands(path: string, before: FileState, after: FileState): Promise<boolean> {
  if (/\.jsonc?$/.test(path)) {
    const { parse } = await import('jsonc-parser');
    return isDeepStrictEqual(parse(before.content.toString('utf8')), parse(after.content.toString('utf8')));
  }
  return isDeepStrictEqual(commandsIn(before), commandsIn(after));
}

/** In any order and indentation. */
function commandsIn({ content }: FileState): readonly string[] {
  return blocksIn(content)
    .map((block) => block.replace(/^[ \t]+/gm, '').trimEnd())
    .sort();
}
