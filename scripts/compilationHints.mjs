// Adds a section to sql-wasm.wasm that names the SQLite functions that a backup runs. In a short run, V8 then compiles
// them at once and on all its threads, instead of one after the other at their first call; all others are compiled when
// they are called. V8 reads the section only with `--experimental-wasm-compilation-hints`; otherwise it is ignored.
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const MAGIC_AND_VERSION_BYTES = 8;
const SECTION = { custom: 0, import: 2, function: 3, code: 10 };
/** https://github.com/WebAssembly/compilation-hints as V8 11 reads it: strategy, baseline tier and top tier in two bits each. */
const BASELINE_TIERS = (1 << 2) | (1 << 4);
const LAZY = 1 | BASELINE_TIERS;
const EAGER = 2 | BASELINE_TIERS;

/** The module with a section of hints, for the functions that a backup with the bundle at `program` runs. */
export async function withCompilationHints(wasm, program) {
  const used = await functionsOfABackup(program);
  if (used.size === 0) {
    console.error('build: this Node cannot list the functions that a backup runs; SQLite gets no compilation hints');
    return wasm;
  }
  const sections = sectionsOf(wasm);
  const code = sections.find(({ id }) => id === SECTION.code);
  const hints = hintSection(countOf(wasm, sections, SECTION.function), importedFunctions(wasm, sections), used);
  return Buffer.concat([wasm.subarray(0, code.start), hints, wasm.subarray(code.start)]);
}

/** The indexes of all functions that V8 compiles while a small database is backed up. */
async function functionsOfABackup(program) {
  const folder = await mkdtemp(join(tmpdir(), 'feature-backups-build-'));
  try {
    await writeFile(join(folder, 'features.db'), await smallDatabase());
    // A home of its own, so that nothing is recorded or kept in the developer's. Without a vault, no process goes on
    // writing there after the backup.
    const configuration = join(folder, 'feature-backups', 'config.json');
    await mkdir(dirname(configuration));
    await writeFile(configuration, JSON.stringify({ vault: false }));
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--trace-wasm-compilation-times', program, 'backup', folder],
      {
        env: { PATH: process.env.PATH, HOME: folder, USERPROFILE: folder, XDG_CONFIG_HOME: folder },
        encoding: 'utf8',
        maxBuffer: 2 ** 26,
      },
    );
    if (/bad option/.test(stderr)) return new Set();
    if (status !== 0) throw new Error(`A backup for the compilation hints failed: ${stderr}`);
    return new Set([...stdout.matchAll(/^Compiled function .*?#(\d+)/gm)].map(([, index]) => Number(index)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function smallDatabase() {
  const sqlJs = await createRequire(import.meta.url)('sql.js')();
  const database = new sqlJs.Database();
  // AutoForge's columns and indexes, as far as they change which functions SQLite runs.
  database.run(
    'CREATE TABLE features (id INTEGER NOT NULL PRIMARY KEY, priority INTEGER NOT NULL, category VARCHAR(100) NOT NULL,' +
      ' name VARCHAR(255) NOT NULL, description TEXT NOT NULL, steps JSON NOT NULL, passes BOOLEAN, in_progress BOOLEAN,' +
      ' dependencies JSON); CREATE INDEX ix_features_id ON features (id);' +
      ' CREATE INDEX ix_features_priority ON features (priority); CREATE INDEX ix_features_passes ON features (passes);' +
      " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600) INSERT INTO features SELECT i, i, 'api'," +
      " 'feature ' || i, printf('%.300c', 'x'), '[\"step\"]', i % 3 = 0, 0, NULL FROM n",
  );
  return database.export();
}

function hintSection(functionCount, importCount, used) {
  const name = Buffer.from('compilationHints');
  const hints = Buffer.alloc(functionCount, LAZY);
  for (const index of used) hints[index - importCount] = EAGER;
  const body = Buffer.concat([leb128(name.length), name, leb128(functionCount), hints]);
  return Buffer.concat([Buffer.of(SECTION.custom), leb128(body.length), body]);
}

function sectionsOf(wasm) {
  const sections = [];
  for (let start = MAGIC_AND_VERSION_BYTES; start < wasm.length;) {
    const [sizeBytes, content] = readLeb128(wasm, start + 1);
    sections.push({ id: wasm[start], start, content });
    start = content + sizeBytes;
  }
  return sections;
}

function countOf(wasm, sections, id) {
  return readLeb128(wasm, sections.find((section) => section.id === id).content)[0];
}

/** The number of imported functions. Emscripten imports only functions; any other import would shift the indexes. */
function importedFunctions(wasm, sections) {
  const [count, first] = readLeb128(wasm, sections.find(({ id }) => id === SECTION.import).content);
  let at = first;
  for (let imported = 0; imported < count; imported += 1) {
    // The name of the import's module, and the import's own name.
    at = endOfName(wasm, endOfName(wasm, at));
    if (wasm[at] !== 0) throw new Error('sql-wasm.wasm imports something other than a function');
    [, at] = readLeb128(wasm, at + 1);
  }
  return count;
}

function endOfName(wasm, at) {
  const [length, start] = readLeb128(wasm, at);
  return start + length;
}

function readLeb128(bytes, start) {
  let value = 0;
  for (let at = start, shift = 0; ; at += 1, shift += 7) {
    value |= (bytes[at] & 0x7f) << shift;
    if (bytes[at] < 0x80) return [value >>> 0, at + 1];
  }
}

function leb128(value) {
  const bytes = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}
