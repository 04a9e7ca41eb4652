export { applyConnectionPlan, planConnection, planDisconnection, readConnections } from './connect.js';
export type { Connection, ConnectionKind, ConnectionPlace, ConnectionPlan, Launcher } from './types.js';
export { unifiedDiff } from './unifiedDiff.js';
