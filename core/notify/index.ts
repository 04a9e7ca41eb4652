export { notifyStatus, type ChannelStatus } from './notifyStatus.js';
export { notifyProblems } from './notifyProblems.js';
export { testChannels } from './testChannels.js';
export type { Incident } from './incident.js';
