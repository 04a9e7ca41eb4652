export { blockedCallReason, lossNote, problemSentence, unprotectedCallNote } from './blockedCall.js';
export { obstacleText } from './buildPlan.js';
export { findCallProjects, type CallPlace } from './callProjects.js';
export { triggerForCall, writtenDatabase, type CallTrigger, type ToolCall } from './claudeTools.js';
export { applyConnectionPlan, planConnection, planDisconnection } from './connect.js';
export { readConnections } from './readConnections.js';
export { defaultScope } from './defaultScope.js';
export { manualEditText } from './manualEditText.js';
export { findBrokenConnections, type BrokenConnection } from './brokenConnections.js';
export { findFeatureServers } from './planTaps.js';
export { isReadingTool, reasonForTool } from './featureTools.js';
export type {
  AgentProject,
  Connection,
  ConnectionKind,
  ConnectionPlan,
  EditableScope,
  Launcher,
} from './connection.js';
export { launcherIn, splitCommand } from './programStart.js';
export { forgetReported, isUnreported } from './reportedProblems.js';
export { connectedFiles, connectedRoots } from './undoRecords.js';
export { mayDamageStore, storeDamageOf } from './storeGuard/storeGuard.js';
export { unifiedDiff } from './unifiedDiff.js';
export { readWrittenConnections, type WrittenHook, type WrittenTap } from './writtenConnections.js';
