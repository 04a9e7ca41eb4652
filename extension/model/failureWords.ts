import { BackupError, visibleLines, type BackupErrorCode } from '../../core/system/index.js';
import type { CommandName } from '../contributions.js';
import { engineText } from '../words/engineText.js';
import { l10n } from '../words/l10n.js';

/** A failure as a notification shows it. */
export interface FailureWords {
  readonly message: string;
  /** Offered beside Show Log. */
  readonly action: CommandName | undefined;
}

/** An error's message with its hint, and the command that helps. */
export function failureWords(error: unknown): FailureWords {
  if (!(error instanceof BackupError)) {
    const reason = error instanceof Error ? error.message : String(error);
    return { message: l10n.t('Unexpected error in Feature Backups: {0}', visibleLines(reason)), action: undefined };
  }
  return { message: visibleLines(engineText(error.message, error.hint)), action: ACTIONS[error.code] };
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
