export { readAcknowledgement, type Acknowledgement } from './acknowledgement.js';
export { isShrunk, missedBackups, observeLive, type LiveCondition, type LiveObservation } from './liveCondition.js';
export {
  inspectOrGiveUp,
  isKept,
  lookAtLive,
  problemsOf,
  type LiveImage,
  type LiveLook,
  type LookOptions,
} from './lookAtLive.js';
