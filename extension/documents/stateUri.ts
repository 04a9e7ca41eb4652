import { isRecord, parseJson } from '../../core/system/index.js';
import type { StateRef } from '../engine/protocol.js';

/** Which backlog a virtual document shows. */
export interface ShownState {
  readonly root: string;
  readonly state: StateRef;
}

/** The path is only the title of the editor; the query identifies the state. */
export interface UriParts {
  readonly path: string;
  readonly query: string;
}

export function uriParts({ root, state }: ShownState, title: string): UriParts {
  const safe = title.replace(/[/\\]/g, '-');
  return { path: `/${safe}.features`, query: JSON.stringify({ root, state }) };
}

/** Undefined for an invalid query, because other extensions can create URIs too. */
export function parseQuery(query: string): ShownState | undefined {
  const value = parseJson(query);
  if (!isRecord(value) || typeof value.root !== 'string' || !isRecord(value.state)) return undefined;
  const { kind, id } = value.state;
  if (kind === 'live') return { root: value.root, state: { kind } };
  if (kind === 'backup' && typeof id === 'string') return { root: value.root, state: { kind, id } };
  return undefined;
}
