import type { Mutation } from './engine/bundle.js';

/** A bug added to the engine, to prove that the simulation finds it. */
export interface Mutant {
  /** A short description of the bug. */
  readonly name: string;
  readonly mutations: readonly Mutation[];
}

export const MUTANTS: readonly Mutant[] = [
  // Missing syncs.
  mutant('image is not synced', 'core/system/files/atomicWrite.ts', 'await syncInBackground(descriptor, files);', ''),
  mutant(
    'small files are not synced',
    'core/system/files/atomicWrite.ts',
    '    try {\n      writeAll(descriptor, content, files, options);\n      files.fsyncSync(descriptor);',
    '    try {\n      writeAll(descriptor, content, files, options);',
  ),
  mutant(
    'folders are not synced',
    'core/system/files/atomicWrite.ts',
    '      files.fsyncSync(descriptor);\n    } finally {\n      files.closeSync(descriptor);\n    }\n  } catch (error) {\n    if (!NO_FOLDER',
    '    } finally {\n      files.closeSync(descriptor);\n    }\n  } catch (error) {\n    if (!NO_FOLDER',
  ),
  mutant('published names are not synced', 'core/backup/publishBackup.ts', '    syncFolder(storePath, files);\n', ''),
  mutant('a pin is not synced', 'core/store/pin.ts', '    syncMetadata(project, ports);\n', ''),
  mutant(
    'a state of the history is not synced',
    'core/history/historyWriter.ts',
    '        files.fsyncSync(descriptor);\n',
    '',
  ),
  mutant(
    'a staged database is not synced',
    'core/restore/stagedFiles.ts',
    '      ports.files.fsyncSync(descriptor);\n',
    '',
  ),
  mutant(
    'renames of a swap are not synced',
    'core/restore/stagedFiles.ts',
    '  syncFolder(dirname(to), ports.files);\n',
    '',
  ),
  mutant(
    'copies are not synced',
    'core/replication/folderTarget.ts',
    '      syncFolder(this.place, this.#files);\n      this.#syncNameOnce',
    '      this.#syncNameOnce',
  ),
  mutant(
    'the new folder at a target is not synced',
    'core/replication/folderTarget.ts',
    '    syncFolder(this.#root, this.#files);\n',
    '',
  ),
  mutant(
    'the name of a store at its targets is not synced',
    'core/replication/storeIdentity.ts',
    '      syncFolder(project.storePath, ports.files);\n',
    '',
  ),
  // Steps in the wrong order.
  mutant(
    'the image is published before the metadata',
    'core/backup/publishBackup.ts',
    '    for (const { from, to } of steps) {',
    '    for (const { from, to } of steps.toReversed()) {',
  ),
  mutant(
    'files are deleted before their state is archived',
    'core/history/archiveBackups.ts',
    '  if (image !== undefined && sha256',
    '  removeFilesOf(store, backup, []);\n  if (image !== undefined && sha256',
  ),
  mutant(
    'no bridge is written',
    'core/restore/swap.ts',
    '    if (bridge) renameSynced(bridge.path, databasePath, ports);\n    else setSideFilesAside(databasePath, ports);\n    const bridged = seen && { ...seen, ...(bridge?.seen ?? { wal: null, hotJournal: false }) };\n',
    '    const bridged = seen;\n',
  ),
  mutant(
    'the old log stays beside the new database',
    'core/restore/swap.ts',
    "  for (const suffix of ['-wal', '-shm', '-journal']) removeIfPresent(databasePath + suffix, ports);\n",
    '',
  ),
  mutant(
    'metadata is replaced in place',
    'core/system/files/atomicWrite.ts',
    '  writeNewFile(temporaryPath, content, files);\n  try {\n    files.renameSync(temporaryPath, path);',
    "  try {\n    const descriptor = files.openSync(path, 'w');\n    writeAll(descriptor, content, files);\n    files.fsyncSync(descriptor);\n    files.closeSync(descriptor);",
  ),
  // Missing checks.
  mutant(
    'pins do not count',
    'core/retention/retention.ts',
    "if (backup.metadata?.pinned === true) reasons.add(backup, 'pinned');",
    ';',
  ),
  mutant(
    'archived states are not written',
    'core/history/archiveBackups.ts',
    '    writer.append({ id, createdAt, metadata, sha256, image });\n',
    '',
  ),
  mutant(
    'every state counts as the known one',
    'core/snapshot/databaseFingerprint.ts',
    '    hasSameHeaderSizeAndTime(stored, now) &&\n',
    '',
  ),
  mutant(
    'the log is not read',
    'core/snapshot/attempt.ts',
    'const wal = evidence.wal && parseWalHeader',
    'const wal = evidence.journal && parseWalHeader',
  ),
  mutant(
    'a frame counts before its commit',
    'core/snapshot/walFrames.ts',
    '    if (committedPages === 0 && commitBoundary) continue;\n',
    '',
  ),
  mutant(
    'the checksums of the log are not checked',
    'core/snapshot/walFrames.ts',
    'return sameChecksum(after, readChecksum(bytes, 16)) ? after : undefined;',
    'return after;',
  ),
  mutant(
    'short writes count as complete',
    'core/system/files/atomicWrite.ts',
    '    done += files.writeSync(descriptor, content, done, Math.min(CHUNK_BYTES, content.length - done), position + done);',
    '    files.writeSync(descriptor, content, done, Math.min(CHUNK_BYTES, content.length - done), position + done);\n    done += Math.min(CHUNK_BYTES, content.length - done);',
  ),
  mutant(
    'unread metadata does not matter',
    'core/store/metadataFile.ts',
    "    return { problem: { path, kind: 'unreadable', reason: error.message } };",
    '    return {};',
  ),
  // Locks and leftovers.
  mutant(
    'locks of dead processes stay',
    'core/system/locks/lockRecord.ts',
    "stale: liveness === 'dead',",
    'stale: false,',
  ),
  mutant(
    'an unreadable lock never becomes stale',
    'core/system/locks/lockRecord.ts',
    'staleAfter(STALE_UNREADABLE_MS, fileAge(observation))',
    'staleAfter(Infinity, fileAge(observation))',
  ),
  mutant('temporary files are not swept', 'core/store/openStore.ts', '  if (isTemporaryFile(name)) return true;\n', ''),
  mutant(
    'metadata without a backup is not swept',
    'core/store/openStore.ts',
    '  return id !== undefined && !present.has(`${id}.db`)',
    "  return id === '' && !present.has(`${id}.db`)",
  ),
  mutant(
    'a killed restore is not cleaned up',
    'core/restore/restoreBackup.ts',
    '    cleanUpRestore(liveDatabasePath(project, ports), ports);\n',
    '',
  ),
  mutant(
    'the lock is not taken',
    'core/system/locks/storeLock.ts',
    '    await candidate.wait(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);\n',
    '',
  ),
  // The vault and the project records.
  mutant('records are not synced', 'core/replication/syncVault.ts', '    syncRecords(ports);\n', ''),
  mutant(
    'the folders above the vault are not synced',
    'core/replication/syncVault.ts',
    '    syncFolderAndParents(dirname(folder), ports.files);\n',
    '',
  ),
  mutant(
    'a sync of the vault reads only the store',
    'core/replication/syncVault.ts',
    '      return { ...backup, path: link.path, compressed: false, sizeBytes: link.sizeBytes };',
    '      return backup;',
  ),
  mutant(
    'links are removed before they are copied',
    'core/replication/syncVault.ts',
    "    let skipped: SyncOutcome['skipped'] = [];\n",
    "    this.#removeLinks(links, new Set());\n    let skipped: SyncOutcome['skipped'] = [];\n",
  ),
  mutant(
    'the folder of an earlier project is synced',
    'core/replication/syncVault.ts',
    '    if (isReplacing) return undefined;\n',
    '',
  ),
  mutant(
    'the store names its folder in the vault',
    'core/replication/syncVault.ts',
    'vaultFolder(project, record.vaultKeys[0], ports)',
    'vaultFolder(project, readStoreKey(project, ports) ?? record.vaultKeys[0], ports)',
  ),
  mutant(
    'a record is written in place',
    'core/projects/recordFile.ts',
    '  replacePrivate(path, Buffer.from(`${JSON.stringify(document, null, 2)}\\n`), ports);',
    "  const descriptor = ports.files.openSync(path, 'w', 0o600);\n  const content = Buffer.from(`${JSON.stringify(document, null, 2)}\\n`);\n  ports.files.writeSync(descriptor, content, 0, content.length, 0);\n  ports.files.closeSync(descriptor);",
  ),
  mutant(
    'a path identifies a project',
    'core/projects/projectRecord.ts',
    'const isSame = earlier !== undefined && isProbablySame(earlier, root, found, hasBackup, ports);',
    'const isSame = earlier !== undefined;',
  ),
  mutant(
    'a record without file ids is not rewritten',
    'core/projects/projectRecord.ts',
    '  if (found.fileIds.length === 0) return false;\n',
    '',
  ),
  mutant(
    'a failure of the vault is one of the backup',
    'core/vault/keepInVault.ts',
    '  } catch (error) {\n    warn(error, folder, ports);\n  }\n}\n\n/** Errors for another file',
    '  } catch (error) {\n    throw error;\n  }\n}\n\n/** Errors for another file',
  ),
  mutant(
    'a new backup is not linked into the vault',
    'core/vault/keepInVault.ts',
    'const paths = [metadataPath(project.storePath, backup.id), backup.path];',
    'const paths = [metadataPath(project.storePath, backup.id)];',
  ),
  mutant(
    'the folders of a restored project are not synced',
    'core/restore/restoreBackup.ts',
    '    syncFolderAndParents(folder, ports.files);\n',
    '',
  ),
];

function mutant(name: string, file: string, find: string, replace: string): Mutant {
  return { name, mutations: [{ file, find, replace }] };
}
