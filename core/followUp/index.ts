export { runFollowUp } from './runFollowUp.js';
export { startFollowUp } from './startFollowUp.js';
