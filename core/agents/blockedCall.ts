/** The reason that the model gets for a blocked call. `problem` is a sentence. */
export function blockedCallReason(problem: string): string {
  return (
    `This call was not run and nothing changed, because the feature database could not be backed up first: ${problem} ` +
    'Do not work around this, and do not change the database or its backups: tell the user, who can run ' +
    '"feature-backups status" for details. Call the tool again once the problem is resolved.'
  );
}

/** Warns the model that a call runs without a backup. `problem` is a sentence. */
export function unprotectedCallNote(problem: string): string {
  return (
    `The feature database could not be backed up before this call, which runs anyway: ${problem} ` +
    'Do not work around this, and do not change the database or its backups: tell the user. ' +
    'This message appears once for each problem.'
  );
}

/** Warns the model, at the start of a session, of what the project has lost. `losses` are sentences. */
export function lossNote(losses: string): string {
  return (
    `Feature Backups found a problem with the feature database: ${losses} ` +
    'Tell the user before you change any feature: the user can run "feature-backups status" for details, and restore a ' +
    'backup. Do not repair, replace or restore the database yourself, and do not change its backups. If the user ' +
    'started over on purpose, continue.'
  );
}

/** The message and hint of an error, as sentences. */
export function problemSentence({
  message,
  hint,
}: {
  readonly message: string;
  readonly hint?: string | undefined;
}): string {
  return `${message.replace(/[.!?]?$/, '.')}${hint === undefined ? '' : ` ${hint}`}`;
}
