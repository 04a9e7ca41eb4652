import { BackupError } from '../core/system/index.js';
import type { Console } from './console.js';
import type { Invocation } from './command.js';

export type Consent = 'given' | 'declined';

/** Asks before a command removes or replaces something; --yes answers in advance. Throws if it cannot ask. */
export async function confirm(
  action: { readonly question: string; readonly wouldDo: string; readonly path?: string },
  { options }: Invocation,
  console: Console,
): Promise<Consent> {
  if (options.has('yes')) return 'given';
  const answer = await console.ask(action.question);
  if (answer === undefined) {
    throw new BackupError(`Not confirmed; nothing changed. This would ${action.wouldDo}`, {
      code: 'confirmation-needed',
      operation: 'ask for confirmation',
      path: action.path,
      hint: 'Preview it with --dry-run, or confirm it with --yes.',
    });
  }
  if (!answer) console.note('Nothing changed.\n');
  return answer ? 'given' : 'declined';
}
