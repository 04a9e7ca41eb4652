import { parseTimelineState, type MessageToExtension, type TimelineState } from '../../extension/timeline/protocol.js';

/** VS Code's API for web views. */
interface EditorApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): EditorApi;

const api = acquireVsCodeApi();

export function send(message: MessageToExtension): void {
  api.postMessage(message);
}

export function loadState(): TimelineState | undefined {
  return parseTimelineState(api.getState());
}

export function saveState(state: TimelineState): void {
  api.setState(state);
}
