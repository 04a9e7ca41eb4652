import { dirname } from 'node:path';
import type { Ports } from '../system/index.js';
import type { FindOriginal } from './buildPlan.js';
import { withoutHook } from './claudeSettings.js';
import type {
  AgentProject,
  ConnectionKind,
  ConnectionPlan,
  ConnectionScope,
  EditableScope,
  FileEdit,
  Launcher,
} from './connection.js';
import { planHook, planHookRemoval } from './planHook.js';
import { planTaps, planTapRemoval, withoutOurTaps } from './planTaps.js';
import { removeEmptyFolder, writeSettings } from './settingsFile.js';
import { hashOf, isEmptyObject, UndoRecords, type UndoRecord } from './undoRecords.js';
import { readWrittenConnections } from './writtenConnections.js';

export interface ConnectOptions {
  /** With `mcp`: the name of the server, needed if its command is not recognized. */
  readonly server?: string | undefined;
  /**
   * With `claude`: the scope to add the hook to; `project` by default. Nothing is added for `plugin`, which has a
   * hook of its own. Existing hooks in other scopes are updated.
   */
  readonly scope?: ConnectionScope | undefined;
}

/** Plans a connection. Throws `configuration` if a file cannot be edited or no server is found. */
export function planConnection(
  kind: ConnectionKind,
  project: AgentProject,
  launcher: Launcher,
  ports: Ports,
  { server, scope = 'project' }: ConnectOptions = {},
): ConnectionPlan {
  return kind === 'claude' ? planHook(project, launcher, scope, ports) : planTaps(project, launcher, server, ports);
}

/**
 * Plans a disconnection, with `claude` from all scopes or the given one. An unedited file is restored exactly; from an
 * edited one, only the added parts are removed.
 */
export function planDisconnection(
  kind: ConnectionKind,
  project: AgentProject,
  ports: Ports,
  { scope }: { readonly scope?: EditableScope | undefined } = {},
): ConnectionPlan {
  const records = new UndoRecords(project, ports);
  const original: FindOriginal = (...edit) => records.originalOf(...edit);
  return kind === 'claude'
    ? planHookRemoval(project, original, scope, ports)
    : planTapRemoval(project, original, ports);
}

/** Applies a plan. Throws if a file has changed since. */
export function applyConnectionPlan({ kind, action, project, edits }: ConnectionPlan, ports: Ports): void {
  const records = new UndoRecords(project, ports);
  for (const edit of edits) {
    const known = records.get(edit.path);
    if (action === 'connect') {
      const record = undoRecordOf(kind, project, edit, known);
      // Before the settings, because disconnecting needs the record to restore the file exactly.
      records.put(record);
      const createdFolder = writeSettings(edit, ports.files);
      if (createdFolder) records.put({ ...record, madeFolder: createdFolder });
    } else {
      writeSettings(edit, ports.files);
      if (edit.after === undefined && known?.madeFolder === true) removeEmptyFolder(dirname(edit.path), ports.files);
      records.remove(edit.path);
    }
  }
  if (action === 'disconnect') forgetRemoved(kind, project, records, ports);
}

/** Removes the records of settings files from which the user has removed our entries. */
function forgetRemoved(kind: ConnectionKind, { root }: AgentProject, records: UndoRecords, ports: Ports): void {
  const connected = new Set(readWrittenConnections(root, ports).map(({ path }) => path));
  for (const path of records.pathsOf(kind, root).filter((each) => !connected.has(each))) records.remove(path);
}

/**
 * After several connections, the original is the text before the first one, and never includes a hook installed by
 * 0.1.0.
 */
function undoRecordOf(
  kind: ConnectionKind,
  { root }: AgentProject,
  { path, before, after }: FileEdit,
  known: UndoRecord | undefined,
): UndoRecord {
  const isUnedited = known !== undefined && before !== undefined && known.afterSha256 === hashOf(before);
  const cleaned = before === undefined ? null : withoutOurEntries(kind, before, path, root);
  // Created by an earlier connection, and edited since. A file without our entries may have been created by the user.
  const isOurs = known?.before === null && cleaned !== null && (cleaned !== before || isEmptyObject(cleaned));
  return {
    path,
    before: isUnedited ? known.before : isOurs ? null : cleaned,
    afterSha256: hashOf(after ?? ''),
    madeFolder: (isUnedited || isOurs) && known.madeFolder,
  };
}

function withoutOurEntries(kind: ConnectionKind, text: string, path: string, root: string): string {
  return kind === 'claude' ? withoutHook(text, path) : withoutOurTaps(text, path, root);
}
