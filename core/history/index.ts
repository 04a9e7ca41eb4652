export { archiveBackups } from './archiveBackups.js';
export { isArchivable } from './isArchivable.js';
export { historySummary, listHistory, type History, type HistorySummary } from './listHistory.js';
export { readBackupImage } from './readBackupImage.js';
export { readSide } from './readSide.js';
export { isSegmentSize, segmentNumber, segmentsAmong, type SegmentFile } from './segmentNames.js';
export { findBackupAt } from './selectFromHistory.js';
export { selectState } from './selectState.js';
export { verifyHistory, type HistoryVerification } from './verifyHistory.js';
