import { isReadingTool } from '../../core/agents/index.js';
import { isRecord } from '../../core/system/index.js';
import type { MessageFacts } from './lineFacts.js';

/** The tools that only read: AutoForge's own, and those that the server marks with `readOnlyHint`. */
export class KnownTools {
  private readonly hinted = new Set<string>();

  isReading(tool: string): boolean {
    return isReadingTool(tool, this.hinted.has(tool));
  }

  get hasHints(): boolean {
    return this.hinted.size > 0;
  }

  /** Reads a response to `tools/list`; ignores malformed input. */
  readResponse(response: unknown): void {
    const tools = property(property(response, 'result'), 'tools');
    if (!Array.isArray(tools)) return;
    for (const tool of tools as unknown[]) this.readTool(tool);
  }

  /** The server's tools have changed. */
  clear(): void {
    this.hinted.clear();
  }

  private readTool(tool: unknown): void {
    const name = property(tool, 'name');
    if (typeof name !== 'string') return;
    if (property(property(tool, 'annotations'), 'readOnlyHint') === true) this.hinted.add(name);
    else this.hinted.delete(name);
  }
}

/** "feature 12" or "features 3, 4, 5"; no other argument is recorded. */
export function detailOf(messages: readonly MessageFacts[]): string | undefined {
  const ids = [...new Set(messages.flatMap(({ featureIds }) => featureIds))];
  if (ids.length === 0) return undefined;
  const list = ids.slice(0, 10).join(', ') + (ids.length > 10 ? ', …' : '');
  return `${ids.length === 1 ? 'feature' : 'features'} ${list}`;
}

export function property(value: unknown, key: string): unknown {
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
