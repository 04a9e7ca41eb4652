import { visibleLines } from '../../core/system/index.js';
import type { PendingWrite } from './classifyLine.js';

/** The response to blocked calls: a result with `isError`, which a model can read. */
export function blockedResponse(write: PendingWrite, problem: string): string | undefined {
  const text = JSON.stringify(sentence(visibleLines(problem)));
  const responses = write.requests.map(({ idText, isCall }) =>
    isCall
      ? `{"jsonrpc":"2.0","id":${idText},"result":{"content":[{"type":"text","text":${text}}],"isError":true}}`
      : `{"jsonrpc":"2.0","id":${idText},"error":{"code":-32000,"message":${text}}}`,
  );
  if (responses.length === 0) return undefined;
  return write.isBatch ? `[${responses.join(',')}]` : responses.join('\n');
}

/** A log message for clients that accept them. */
export function warning(text: string): string {
  return JSON.stringify({
    jsonrpc: '2.0',
    method: 'notifications/message',
    params: { level: 'warning', logger: 'feature-backups', data: visibleLines(text) },
  });
}

function sentence(problem: string): string {
  return (
    `This call was not run and nothing changed, because the feature database could not be backed up first: ${problem} ` +
    'Do not work around this, and do not change the database or its backups: tell the user, who can run ' +
    '"feature-backups status" for details. Call the tool again once the problem is resolved.'
  );
}
