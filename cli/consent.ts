import { BackupError } from '../core/system/index.js';
import type { Console } from './console.js';
import type { Invocation } from './command.js';

export type Consent = 'given' | 'declined';

/**
 * The yes that a command needs before it takes something away: --yes, or an answer on the terminal. Where nobody can
 * answer it refuses, and says again what would have happened.
 */
export async function consentTo(
  act: { readonly question: string; readonly wouldDo: string; readonly path?: string },
  { options }: Invocation,
  console: Console,
): Promise<Consent> {
  if (options.has('yes')) return 'given';
  const answer = await console.ask(act.question);
  if (answer === undefined) {
    throw new BackupError(`Nothing was done, as nobody confirmed it: this would ${act.wouldDo}`, {
      code: 'confirmation-needed',
      operation: 'ask for confirmation',
      path: act.path,
      hint: 'Look at it with --dry-run; the option --yes says that it is meant.',
    });
  }
  if (!answer) console.note('Nothing was changed.\n');
  return answer ? 'given' : 'declined';
}
