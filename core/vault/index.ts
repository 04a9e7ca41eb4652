export { findBackupAt } from './selectFromHistory.js';
export { readComparisonSide, selectState } from './selectState.js';
