export { triggerBefore, type CallTrigger, type ToolCall } from './claudeTools.js';
export { applyConnectionPlan, planConnection, planDisconnection, readConnections } from './connect.js';
export { isReadingTool, reasonBefore } from './featureTools.js';
export type { Connection, ConnectionKind, ConnectionPlace, ConnectionPlan, Launcher } from './connection.js';
export { connectedFiles } from './undoRecords.js';
export { mayDamageStore, storeDamageOf } from './storeGuard/storeGuard.js';
export { unifiedDiff } from './unifiedDiff.js';
