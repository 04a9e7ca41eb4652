import { visibleLines } from '../../core/system/index.js';
import type { PendingWrite } from './judgeLine.js';

/** What the server's side says to calls that are not let through: a result with `isError`, which a model can read. */
export function blockedAnswer(write: PendingWrite, problem: string): string | undefined {
  const text = JSON.stringify(sentence(visibleLines(problem)));
  const answers = write.requests.map(({ idText, isCall }) =>
    isCall
      ? `{"jsonrpc":"2.0","id":${idText},"result":{"content":[{"type":"text","text":${text}}],"isError":true}}`
      : `{"jsonrpc":"2.0","id":${idText},"error":{"code":-32000,"message":${text}}}`,
  );
  if (answers.length === 0) return undefined;
  return write.isBatch ? `[${answers.join(',')}]` : answers.join('\n');
}

/** A log message from the tap, for clients that take such. */
export function warning(text: string): string {
  return JSON.stringify({
    jsonrpc: '2.0',
    method: 'notifications/message',
    params: { level: 'warning', logger: 'feature-backups', data: visibleLines(text) },
  });
}

function sentence(problem: string): string {
  return (
    `This call was not run, and nothing was changed, because the feature database could not be backed up first: ${problem} ` +
    'Do not work around this and do not touch the database or its backups yourself: tell the user, who can see what is ' +
    'wrong with "feature-backups status". When it is solved, call the tool again.'
  );
}
