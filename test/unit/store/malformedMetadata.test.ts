import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { readCatalog } from '../../../core/store/openStore.js';
import { formatMetadata, METADATA_KEYS, type MetadataKey } from '../../../core/store/metadata.js';
import { parseMetadata } from '../../../core/store/parseMetadata.js';
import type { BackupMetadata } from '../../../core/store/backup.js';
import { realPorts } from '../../../core/system/ports.js';
import { FULL_METADATA } from '../../support/fullMetadata.js';
import { testProject } from '../../support/testProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

type Json = Readonly<Record<string, unknown>>;

const WRITTEN = JSON.parse(formatMetadata(FULL_METADATA)) as Readonly<Record<MetadataKey, unknown>>;
const NO_TEXT = [null, 1, true, ['text'], { text: 'x' }];
const NO_OBJECT = [null, 1, 'text', true, [], [{}]];
const NO_COUNT = [null, '1', -1, 0.5, 2 ** 53, true, [1], { value: 1 }];
const NO_LIST = [null, 1, 'text', true, {}, { 0: 'x', length: 1 }];
const NO_FLAG = [null, 0, 1, '', 'true', 'false', [true], {}];
const NO_SHA256 = [
  ...NO_TEXT,
  '',
  'a'.repeat(63),
  'a'.repeat(65),
  'A'.repeat(64),
  'g'.repeat(64),
  `${'a'.repeat(64)}\n`,
];
const NO_COMMIT = [
  ...[...NO_TEXT, '', 'a'.repeat(39), 'a'.repeat(41), 'A'.repeat(40), '../'.repeat(14), 'HEAD'],
  ...['a'.repeat(63), 'a'.repeat(65), 'A'.repeat(64)],
];

/** Copies of the object, each with one part missing or malformed. */
function without(value: unknown, malformed: Readonly<Record<string, readonly unknown[]>>): readonly Json[] {
  const object = value as Json;
  return Object.entries(malformed).flatMap(([key, values]) => [
    Object.fromEntries(Object.entries(object).filter(([name]) => name !== key)),
    ...values.map((bad) => ({ ...object, [key]: bad })),
  ]);
}

const [EVENT] = WRITTEN.events as readonly unknown[];
const [SIDE_FILE] = WRITTEN.side_files as readonly unknown[];
const FILE_PARTS = { header: NO_TEXT, size: NO_COUNT, mtime_ns: NO_TEXT };
const { wal: WAL } = WRITTEN.state as Json;

/** For each key: values that are dropped completely, and the fields that remain. */
const MALFORMED: Readonly<Record<MetadataKey, { values: readonly unknown[]; left: Partial<BackupMetadata> }>> = {
  timestamp: { values: NO_TEXT, left: { timestamp: '' } },
  reason: { values: NO_TEXT, left: { reason: '' } },
  feature_count: { values: NO_COUNT, left: { featureCount: undefined } },
  original_file: { values: NO_TEXT, left: { originalFile: undefined } },
  original_size: { values: NO_COUNT, left: { originalSizeBytes: undefined } },
  backup_size: { values: NO_COUNT, left: { backupSizeBytes: undefined } },
  format: { values: NO_COUNT, left: { format: undefined } },
  sequence: { values: [...NO_COUNT, 2 ** 46], left: { sequence: undefined } },
  source: { values: [...NO_TEXT, '', 'MCP', 'toString'], left: { source: undefined } },
  passing_count: { values: NO_COUNT, left: { passingCount: undefined } },
  in_progress_count: { values: NO_COUNT, left: { inProgressCount: undefined } },
  sha256: { values: NO_SHA256, left: { sha256: undefined } },
  verified: {
    values: [
      ...NO_OBJECT,
      ...without(WRITTEN.verified, { at: NO_TEXT, check: [...NO_TEXT, 'other_check'], ok: NO_FLAG }),
    ],
    left: { verified: undefined },
  },
  drilled: {
    values: [...NO_OBJECT, ...without(WRITTEN.drilled, { at: NO_TEXT, reader: [...NO_TEXT, 'sh'], ok: NO_FLAG })],
    left: { drilled: undefined },
  },
  events: {
    values: [...NO_LIST, NO_OBJECT, without(EVENT, { at: NO_TEXT, source: [...NO_TEXT, 'nobody'], reason: NO_TEXT })],
    left: { events: [] },
  },
  folded_event_count: { values: NO_COUNT, left: { foldedEventCount: undefined } },
  git: { values: NO_OBJECT, left: { git: undefined } },
  pinned: { values: [...NO_FLAG, false], left: { pinned: false } },
  content: { values: [...NO_TEXT, '', 'RAW'], left: { content: undefined } },
  problems: { values: NO_LIST, left: { problems: undefined } },
  side_files: { values: NO_LIST, left: { sideFiles: undefined } },
  state: {
    values: [
      ...NO_OBJECT,
      ...without(WRITTEN.state, {
        ...FILE_PARTS,
        wal: [1, 'text', [], ...without(WAL, FILE_PARTS)],
        wal_index: [1, true, [], {}],
        hot_journal: NO_FLAG,
        observed_at_ms: [null, '1', true, [1], {}],
      }),
    ],
    left: { state: undefined },
  },
};

/** Values that are dropped in part. */
const PARTLY_MALFORMED: readonly { key: MetadataKey; values: readonly unknown[]; left: Partial<BackupMetadata> }[] = [
  {
    key: 'events',
    values: [
      [...NO_OBJECT, EVENT, {}],
      ...NO_TEXT.map((bad) => [{ at: bad }, EVENT, { ...(EVENT as Json), reason: bad }]),
    ],
    left: {},
  },
  {
    key: 'events',
    values: NO_TEXT.map((bad) => [{ ...(EVENT as Json), tool: bad, detail: bad, other: bad }]),
    left: { events: FULL_METADATA.events.map((event) => ({ ...event, tool: undefined, detail: undefined })) },
  },
  { key: 'problems', values: [[...NO_TEXT.slice(0, 3), 'it is not a database', {}]], left: {} },
  { key: 'problems', values: [NO_TEXT], left: { problems: [] } },
  {
    key: 'side_files',
    values: [
      NO_OBJECT,
      without(SIDE_FILE, {
        suffix: [...NO_TEXT, '', '-shm', '-WAL', '/../x-wal', '-wal/'],
        size: NO_COUNT,
        sha256: NO_SHA256,
      }),
    ],
    left: { sideFiles: [] },
  },
  { key: 'side_files', values: [[...NO_OBJECT, SIDE_FILE, { suffix: '-journal' }]], left: {} },
  {
    key: 'git',
    values: [
      {},
      ...NO_TEXT.map((bad) => ({ branch: bad, head: bad })),
      ...NO_COMMIT.map((bad) => ({ commit: bad, earlier_commits: [bad, bad] })),
      ...NO_LIST.map((bad) => ({ earlier_commits: bad })),
    ],
    left: { git: { branch: null, head: null } },
  },
  {
    key: 'git',
    values: [{ ...(WRITTEN.git as Json), earlier_commits: [...NO_COMMIT, 'e'.repeat(40)], other: 1 }],
    left: {},
  },
];

describe('malformed metadata', () => {
  const folder = useTemporaryFolder();

  const assertLeft = (key: MetadataKey, value: unknown, left: Partial<BackupMetadata>): void => {
    const parsed = parseMetadata(JSON.stringify({ ...WRITTEN, [key]: value }));
    assert.deepEqual(parsed, { ...FULL_METADATA, ...left }, `${key}: ${JSON.stringify(value)}`);
  };

  for (const key of METADATA_KEYS) {
    it(`loses an invalid ${key} and nothing else`, () => {
      const { values, left } = MALFORMED[key];
      for (const value of values) assertLeft(key, value, left);
      const withoutKey = Object.fromEntries(Object.entries(WRITTEN).filter(([name]) => name !== key));
      assert.deepEqual(parseMetadata(JSON.stringify(withoutKey)), { ...FULL_METADATA, ...left });
    });
  }

  it('loses the invalid parts of lists and objects, and keeps the valid ones', () => {
    for (const { key, values, left } of PARTLY_MALFORMED) {
      for (const value of values) assertLeft(key, value, left);
    }
  });

  it('keeps the commits of a repository with SHA-256', () => {
    const git = { branch: 'main', head: 'a1'.repeat(32), commit: 'b2'.repeat(32) };
    assertLeft('git', git, { git });
  });

  it('loses a fingerprint without a valid time of observation', () => {
    for (const value of ['1e999', '-1e999']) {
      const text = JSON.stringify(WRITTEN).replace(/"observed_at_ms":\d+/, `"observed_at_ms":${value}`);
      assert.ok(text.includes(value));
      assert.deepEqual(parseMetadata(text), { ...FULL_METADATA, state: undefined }, value);
    }
  });

  it('keeps the largest and smallest valid values', () => {
    const counts = { feature_count: 0, original_size: 2 ** 53 - 1, sequence: 2 ** 46 - 1, folded_event_count: 0 };
    const parsed = parseMetadata(
      JSON.stringify({ ...WRITTEN, ...counts, state: { ...(WRITTEN.state as Json), wal: null } }),
    );
    assert.deepEqual(parsed, {
      ...FULL_METADATA,
      featureCount: 0,
      originalSizeBytes: 2 ** 53 - 1,
      sequence: 2 ** 46 - 1,
      foldedEventCount: 0,
      state: { ...FULL_METADATA.state, wal: null },
    });
  });

  it('is not read if it has too many values', () => {
    const withParts = (count: number): string =>
      `{"reason":"x","events":[${Array.from({ length: count }, () => '1').join()}]}`;
    // Besides the commas: two brackets and the comma between the keys.
    assert.equal(parseMetadata(withParts(200_000 - 2))?.reason, 'x');
    assert.equal(parseMetadata(withParts(200_000 - 1)), undefined);
    assert.equal(parseMetadata(JSON.stringify({ reason: 'x'.repeat(200_001) }))?.reason.length, 200_001);
  });

  it('keeps the backup listed with all valid fields if several are invalid', () => {
    const project = testProject(folder.path);
    const ports = realPorts();
    mkdirSync(project.storePath);
    const id = 'features_598_20260125-144600_manual';
    writeFileSync(`${project.storePath}/${id}.db`, 'image');
    for (const key of METADATA_KEYS) {
      const [bad] = MALFORMED[key].values;
      const text = JSON.stringify({ ...WRITTEN, [key]: bad, events: 'none', git: 7 });
      writeFileSync(`${project.storePath}/${id}.json`, text);
      const [backup] = readCatalog(project, ports).backups;
      assert.equal(backup?.id, id, key);
      assert.equal(backup.metadataProblem, undefined, key);
      assert.deepEqual(backup.metadata, { ...FULL_METADATA, ...MALFORMED[key].left, events: [], git: undefined }, key);
    }
  });
});
