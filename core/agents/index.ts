export {
  applyConnectionPlan,
  planConnection,
  planDisconnection,
  readConnections,
  type ConnectionKind,
  type ConnectionPlace,
  type ConnectionPlan,
  type Launcher,
} from './connect.js';
export type { Connection } from './types.js';
export { unifiedDiff } from './unifiedDiff.js';
