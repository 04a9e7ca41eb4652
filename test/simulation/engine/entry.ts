/** What the simulation calls of the engine; `bundle.ts` makes one script of it. */
export { BackupError } from '../../../core/system/errors.js';
export { readCatalog } from '../../../core/backups/catalog.js';
export { cleanUp } from '../../../core/backups/cleanUp.js';
export { createBackup } from '../../../core/backups/createBackup.js';
export { deleteBackup } from '../../../core/backups/deleteBackup.js';
export { listHistory } from '../../../core/backups/history/listHistory.js';
export { pin, unpin } from '../../../core/backups/pin.js';
export { listQuarantine } from '../../../core/backups/quarantine/listQuarantine.js';
export { readBackupImage } from '../../../core/backups/readBackupImage.js';
export { parseCopyMetadata, unpackCopy } from '../../../core/backups/replication/copyMetadata.js';
export { replicate } from '../../../core/backups/replication/replicate.js';
export { restoreBackup } from '../../../core/backups/restore/restoreBackup.js';
export { undoRestore } from '../../../core/backups/restore/undo.js';
export { verifyBackups } from '../../../core/backups/verifyBackups.js';
