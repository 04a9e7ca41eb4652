import { BackupError, visibleLines, type BackupErrorCode } from '../../core/system/index.js';
import type { CommandName } from '../contributions.js';
import { l10n } from '../words/l10n.js';

/** A failure as a notification tells it. */
export interface FailureWords {
  readonly message: string;
  /** What helps; Show Log is offered beside it always. */
  readonly action: CommandName | undefined;
}

/** An error's sentence, what to do next, and the command that does it. */
export function failureWords(error: unknown): FailureWords {
  if (!(error instanceof BackupError)) {
    const reason = error instanceof Error ? error.message : String(error);
    return { message: l10n.t('Something went wrong in Feature Backups: {0}', visibleLines(reason)), action: undefined };
  }
  const message = [sentence(error.message), error.hint ?? ''].filter((part) => part !== '').join(' ');
  return { message: visibleLines(message), action: ACTIONS[error.code] };
}

const ACTIONS: Partial<Readonly<Record<BackupErrorCode, CommandName>>> = {
  configuration: 'openConfiguration',
  'unsafe-store': 'openConfiguration',
  'database-not-found': 'restoreLastGood',
  'database-empty': 'restoreLastGood',
  'not-a-database': 'restoreLastGood',
  'database-damaged': 'restoreLastGood',
  'backup-damaged': 'verifyAll',
};

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
