export { readAcknowledgement, type Acknowledgement } from './acknowledgement.js';
export { isShrunk, missedBackups, observeLive, type LiveCondition, type LiveObservation } from './liveCondition.js';
export {
  findChange,
  inspectOrGiveUp,
  isBackedUp,
  judgeImage,
  problemsOf,
  type JudgedImage,
  type LiveChange,
  type LiveImage,
  type NewImage,
} from './detectLiveState.js';
