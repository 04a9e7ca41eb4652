export { triggerForCall, type CallTrigger, type ToolCall } from './claudeTools.js';
export { applyConnectionPlan, planConnection, planDisconnection, readConnections } from './connect.js';
export { isReadingTool, reasonForTool } from './featureTools.js';
export type { Connection, ConnectionKind, AgentProject, ConnectionPlan, Launcher } from './connection.js';
export { connectedFiles } from './undoRecords.js';
export { mayDamageStore, storeDamageOf } from './storeGuard/storeGuard.js';
export { unifiedDiff } from './unifiedDiff.js';
