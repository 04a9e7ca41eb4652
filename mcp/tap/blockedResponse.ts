import { blockedCallReason } from '../../core/agents/index.js';
import { visibleLines } from '../../core/system/index.js';
import type { PendingWrite } from './classifyLine.js';

/** The response to blocked calls: a result with `isError`, which a model can read. */
export function blockedResponse(write: PendingWrite, problem: string): string | undefined {
  const text = JSON.stringify(blockedCallReason(visibleLines(problem)));
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
