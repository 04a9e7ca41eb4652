import { isRecord, parseJson } from '../../core/system/index.js';
import type { LineClassification } from './classifyLine.js';
import { idKeyOf } from './classifyLine.js';
import { readLine } from './lineFacts.js';
import type { LogLevels } from './logLevels.js';
import type { ServerLineListener } from './serverLines.js';
import type { PendingBackup } from './pendingBackup.js';
import type { KnownTools } from './tools.js';

/** Reads from the server's responses which tools only read, whether it supports logging, and which writes are done. */
export class ServerWatch implements ServerLineListener {
  private readonly parts: {
    readonly tools: KnownTools;
    readonly logLevels: LogLevels;
    readonly pendingBackup: PendingBackup;
  };
  private readonly tracked = new Map<string, 'tools' | 'capabilities'>();

  constructor(parts: ServerWatch['parts']) {
    this.parts = parts;
  }

  /** A line was forwarded; watches for its responses. */
  onForwarded({ trackedRequests, logLevel, write }: LineClassification): void {
    for (const { idKey, topic } of trackedRequests) if (this.tracked.size < MAX_TRACKED) this.tracked.set(idKey, topic);
    if (logLevel !== undefined) this.parts.logLevels.setLevel(logLevel);
    if (write !== undefined) this.parts.pendingBackup.onWrite(write.requests.map(({ idKey }) => idKey));
  }

  readonly wantsLines = (): boolean =>
    this.tracked.size > 0 || this.parts.pendingBackup.waitsForResponses || this.parts.tools.hasHints;

  readonly onLine = (line: Buffer): void => {
    for (const { methods, idText, isResponse } of readLine(line).messages) {
      if (methods.includes('notifications/tools/list_changed')) this.parts.tools.clear();
      if (isResponse && idText !== undefined) this.onResponse(idKeyOf(idText), line);
    }
  };

  private onResponse(idKey: string, line: Buffer): void {
    this.parts.pendingBackup.onResponse(idKey);
    const topic = this.tracked.get(idKey);
    if (topic === undefined) return;
    this.tracked.delete(idKey);
    for (const response of responsesTo(line, idKey))
      (topic === 'tools' ? this.parts.tools : this.parts.logLevels).readResponse(response);
  }
}

const MAX_TRACKED = 1000;

function responsesTo(line: Buffer, idKey: string): readonly unknown[] {
  const value = parseJson(line.toString('utf8'));
  const messages: readonly unknown[] = Array.isArray(value) ? value : [value];
  return messages.filter(
    (message) => isRecord(message) && 'id' in message && idKeyOf(JSON.stringify(message.id)) === idKey,
  );
}
