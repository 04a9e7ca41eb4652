export { notifyStatus, type ChannelStatus } from './notifyStatus.js';
export { reportTroubles } from './reportTroubles.js';
export { testChannels } from './testChannels.js';
export type { OpenTrouble } from './types.js';
