export { archiveBackups } from './archiveBackups.js';
export { isArchivable } from './archiveBackups.js';
export { historySummary, listHistory, type History, type HistorySummary } from './listHistory.js';
export { readBackupImage } from './readBackupImage.js';
export { readComparisonSide } from './selectState.js';
export { isSegmentSize, segmentNumber, segmentsAmong, type SegmentFile } from './segmentNames.js';
export { findBackupAt } from './selectFromHistory.js';
export { selectState } from './selectState.js';
export { verifyHistory, type HistoryVerification } from './verifyHistory.js';
