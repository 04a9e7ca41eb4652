/** A mutant that no test can find, as the program then does the same. */
export interface Equivalent {
  readonly file: string;
  /** The line in which it begins, trimmed; it tells places with the same text apart. */
  readonly line: string;
  readonly original: string;
  readonly replacement: string;
  readonly reason: string;
}

export const EQUIVALENTS: readonly Equivalent[] = [
  {
    file: 'core/verify/quarantine/listQuarantine.ts',
    line: 'if (files.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];',
    original: 'false',
    replacement: 'true',
    reason: 'The error for a missing folder is caught below, and gives the same empty list.',
  },
  {
    file: 'core/verify/quarantine/listQuarantine.ts',
    line: 'return listed.sort((one, other) => (one.id < other.id ? -1 : 1));',
    original: 'one.id < other.id',
    replacement: 'one.id <= other.id',
    reason: 'No two ids in the quarantine are equal: a backup moved there gets a free one.',
  },
  {
    file: 'core/verify/quarantine/listQuarantine.ts',
    line: "if (typeof note !== 'object' || note === null) return UNKNOWN;",
    original: "typeof note !== 'object' || note === null",
    replacement: "typeof note !== 'object' && note === null",
    reason:
      'What is no object has neither `at` nor `problems`, and null throws into the catch: both give what UNKNOWN gives.',
  },
  {
    file: 'core/verify/quarantine/moveToQuarantine.ts',
    line: "const sides = kind === 'emergency' ? SIDE_FILE_SUFFIXES.map((suffix) => sideFilePath(storePath, id, suffix)) : [];",
    original: '[]',
    replacement: '["Stryker was here"]',
    reason: 'A path that leads to no file is neither copied nor removed.',
  },
  {
    file: 'core/backup/publishBackup.ts',
    line: 'if (names.has(`${id}.db`) || names.has(`${id}.db.gz`) || names.has(`${id}.json`)) return false;',
    original: '`${id}.json`',
    replacement: '``',
    reason: 'The same name is looked up in the folder right below; the list of names only saves that.',
  },
  {
    file: 'core/backup/publishBackup.ts',
    line: 'if (names.has(`${id}.db`) || names.has(`${id}.db.gz`) || names.has(`${id}.json`)) return false;',
    original: '`${id}.db`',
    replacement: '``',
    reason: 'The same name is looked up in the folder right below; the list of names only saves that.',
  },
  {
    file: 'core/backup/publishBackup.ts',
    line: 'const published: string[] = [];',
    original: '[]',
    replacement: '["Stryker was here"]',
    reason: 'Removing a path that leads to no file does nothing.',
  },
  {
    file: 'core/backup/publishBackup.ts',
    line: 'if (ports.files.lstatSync(path, { throwIfNoEntry: false }) !== undefined) removeQuietly(path, ports.files);',
    original: 'ports.files.lstatSync(path, { throwIfNoEntry: false }) !== undefined',
    replacement: 'true',
    reason: 'Removing a path that leads to no file does nothing.',
  },
  {
    file: 'core/backup/createBackup.ts',
    line: "return { status: 'damaged', emergency, problems: emergency.metadata?.problems ?? [] };",
    original: '[]',
    replacement: '["Stryker was here"]',
    reason: 'Only an emergency backup whose metadata name problems is found as known damage.',
  },
  {
    file: 'core/live/liveCondition.ts',
    line: 'const problems = look.emergency.metadata?.problems ?? [];',
    original: '[]',
    replacement: '["Stryker was here"]',
    reason: 'Only an emergency backup whose metadata name problems is found as known damage.',
  },
  {
    file: 'core/retention/compression/compressBackups.ts',
    line: 'if (files.lstatSync(temporary, { throwIfNoEntry: false }) !== undefined) removeQuietly(temporary, files);',
    original: 'files.lstatSync(temporary, { throwIfNoEntry: false }) !== undefined',
    replacement: 'true',
    reason: 'Removing a path that leads to no file does nothing.',
  },
  {
    file: 'core/retention/compression/compressBackups.ts',
    line: 'if (found?.sha256 !== plain.sha256 || found.sizeBytes !== plain.sizeBytes) throw notSame(path);',
    original: 'found.sizeBytes !== plain.sizeBytes',
    replacement: 'false',
    reason: 'What has the same SHA-256 has the same size.',
  },
  {
    file: 'core/retention/retention.ts',
    line: 'return at > now ? now : at;',
    original: 'at > now',
    replacement: 'at >= now',
    reason: 'Either is the same time.',
  },
  {
    file: 'core/retention/acknowledge.ts',
    line: 'const pinnedIds = readAcknowledgement(storePath, ports.files)?.pinnedIds ?? [];',
    original: '[]',
    replacement: '["Stryker was here"]',
    reason: 'No backup has such an id.',
  },
  {
    file: 'core/live/lookAtLive.ts',
    line: "if (counts === undefined) return { found: 'damaged', image, problems: ['The features cannot be counted'] };",
    original: "['The features cannot be counted']",
    replacement: '[]',
    reason: 'The features of an image without problems have been counted.',
  },
  {
    file: 'core/retention/compression/gzipFile.ts',
    line: 'const options = { chunkSize: PIECE_BYTES };',
    original: '{ chunkSize: PIECE_BYTES }',
    replacement: '{}',
    reason: 'The same bytes come in other pieces.',
  },
  {
    file: 'core/live/lookAtLive.ts',
    line: 'const isCompared = glance?.snapshot !== undefined && candidate?.id === options.likely?.id;',
    original: 'glance?.snapshot !== undefined && candidate?.id === options.likely?.id',
    replacement: 'false',
    reason: 'The same two are compared once more, with the same result.',
  },
  {
    file: 'core/history/historyWriter.ts',
    line: "const payload = process.getBuiltinModule('node:zlib').deflateRawSync(content, { level: DEFLATE_LEVEL });",
    original: '{ level: DEFLATE_LEVEL }',
    replacement: '{}',
    reason: 'Another level of compression gives back the same bytes.',
  },
  {
    file: 'core/history/listHistory.ts',
    line: 'const [, start, rest] = /^(features_\\d+_\\d{8}-\\d{6})(?:-\\d+)?(_.*)$/s.exec(id) ?? [];',
    original: '/^(features_\\d+_\\d{8}-\\d{6})(?:-\\d+)?(_.*)$/s',
    replacement: '/^(features_\\d+_\\d{8}-\\d{6})(?:-\\d+)?(_.*)/s',
    reason: 'With the flag s, `.*` takes everything up to the end anyway.',
  },
  {
    file: 'core/history/readSegment.ts',
    line: 'const wanted = Math.min(Math.max(length, WINDOW_BYTES), Math.max(this.sizeBytes - position, 0));',
    original: 'this.sizeBytes - position',
    replacement: 'this.sizeBytes + position',
    reason: 'Reading ends where the file ends; only more memory is asked for.',
  },
  {
    file: 'core/history/xorImages.ts',
    line: 'for (let i = 0; i < words; i += 1) target[i] = (target[i] ?? 0) ^ (source[i] ?? 0);',
    original: 'i < words',
    replacement: 'i <= words',
    reason: 'Writing behind the end of a typed array does nothing.',
  },
  {
    file: 'core/history/xorImages.ts',
    line: 'for (let i = words * 4; i < length; i += 1) image[i] = (image[i] ?? 0) ^ (other[i] ?? 0);',
    original: 'i < length',
    replacement: 'i <= length',
    reason: 'Behind the end of either, nothing is written, or it is XORed with 0.',
  },
  {
    file: 'core/restore/onlineBackup.ts',
    line: 'await sleep(waitMs * (0.5 + Math.random()));',
    original: '0.5 + Math.random()',
    replacement: '0.5 - Math.random()',
    reason: 'Only the pace of the attempts changes.',
  },
  {
    file: 'core/restore/onlineRows.ts',
    line: "return tablesOf(live).every((table) => columnsOf(live, 'main', table).every((column) => column.hidden === 0));",
    original: "tablesOf(live).every((table) => columnsOf(live, 'main', table).every((column) => column.hidden === 0))",
    replacement: "tablesOf(live).some(table => columnsOf(live, 'main', table).every(column => column.hidden === 0))",
    reason:
      'Between tables of the very same statement SQLite copies computed columns as well; nothing says that it must.',
  },
  {
    file: 'core/restore/onlineRestore.ts',
    line: "for (const suffix of ['-journal', '-wal', '-shm', '']) removeQuietly(staged + suffix, ports.files);",
    original: "'-journal'",
    replacement: '""',
    reason: 'The staged database is in rollback mode and only read: SQLite leaves nothing beside it.',
  },
  {
    file: 'core/snapshot/attempt.ts',
    line: "const systemCode = systemErrorCode(error) ?? '';",
    original: "''",
    replacement: '"Stryker was here!"',
    reason: "Neither string is a system's code.",
  },
  {
    file: 'core/snapshot/growingImage.ts',
    line: 'if (sizeBytes > this.#buffer.length) this.#reserve(sizeBytes);',
    original: 'sizeBytes > this.#buffer.length',
    replacement: 'true',
    reason: 'What is there is copied along, up to the new size; only the work is more.',
  },
  {
    file: 'core/snapshot/walFrames.ts',
    line: 'const inFileOrder = [...committed.frameOfPage].sort(([, one], [, other]) => one - other);',
    original: '[...committed.frameOfPage].sort(([, one], [, other]) => one - other)',
    replacement: '[...committed.frameOfPage]',
    reason: 'Each page is laid over once, so that any order gives the same image; this one reads the file once.',
  },
  {
    file: 'core/store/catalog.ts',
    line: "if (checkStore(project, ports) === 'missing') return catalogOf(project.storePath, [], ports);",
    original: '[]',
    replacement: '["Stryker was here"]',
    reason: 'What has not the name of a backup is not listed.',
  },
];
