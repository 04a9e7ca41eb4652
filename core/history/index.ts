export { backupFinder } from './backupFinder.js';
export { archiveBackups } from './archiveBackups.js';
export { isArchivable } from './archiveBackups.js';
export { historySummary, listHistory, type History, type HistorySummary } from './listHistory.js';
export { readBackupImage } from './readBackupImage.js';
export { isSegmentSize, segmentNumber, segmentsAmong, type SegmentFile } from './segmentNames.js';
export { verifyHistory, type HistoryVerification } from './verifyHistory.js';
