/** The engine's functions that the simulation calls; `bundle.ts` makes one script of it. */
export { BackupError } from '../../../core/system/errors.js';
export { readCatalog } from '../../../core/store/openStore.js';
export { cleanUp } from '../../../core/retention/cleanUp.js';
export { createBackup } from '../../../core/backup/createBackup.js';
export { deleteBackup } from '../../../core/store/deleteBackup.js';
export { listHistory } from '../../../core/history/listHistory.js';
export { pin, unpin } from '../../../core/store/pin.js';
export { listQuarantine } from '../../../core/verify/quarantine/listQuarantine.js';
export { readBackupImage } from '../../../core/history/readBackupImage.js';
export { parseCopyMetadata, unpackCopy } from '../../../core/replication/copyMetadata.js';
export { replicate } from '../../../core/replication/replicate.js';
export { restoreBackup } from '../../../core/restore/restoreBackup.js';
export { undoRestore } from '../../../core/restore/undo.js';
export { verifyBackups } from '../../../core/verify/verifyBackups.js';
