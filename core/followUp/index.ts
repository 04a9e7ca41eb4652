export { runFollowUp } from './runFollowUp.js';
export { startFollowUp } from './startFollowUp.js';
export { runVaultFollowUp } from './vaultFollowUp.js';
