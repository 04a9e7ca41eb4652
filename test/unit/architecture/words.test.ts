import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'mocha';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const FOLDERS = ['core', 'cli', 'mcp', 'hooks', 'launch', 'extension', 'media'];

/** Words that hide what a thing is. The glossary in CONTRIBUTING.md has the terms to use instead. */
const BANNED: ReadonlySet<string> = new Set(
  `beat doubt doubts farewell glance glances ledger look looked looking looks mend mended mends news outward patience
  settle settles tell telling tells tie tied ties told trouble troubles`.split(/\s+/),
);

interface Exception {
  /** Removed from a line before its words are checked. */
  readonly text: RegExp;
  readonly files: RegExp;
  readonly reason: string;
}

const EXCEPTIONS: readonly Exception[] = [
  {
    text: /\btoldTo\b|\btroubles\b|'trouble'/,
    files: /^core\/notify\//,
    reason: 'keys and values of webhooks and of notifications.json',
  },
  {
    text: /\btroubles\b|'trouble(?:-over)?'/,
    files: /^core\/watch\/|^cli\/(?:statusViews|checkResult|watchMain|commands\/service|printing\/watchEvents)\.ts$/,
    reason: 'keys and events of --json, and of the watcher’s report',
  },
  { text: /"troubles?"|definitions\/trouble/, files: /^media\/status\.schema\.json$/, reason: 'keys of --json' },
  { text: /feature_backups_trouble/, files: /^cli\/printing\/prometheus\.ts$/, reason: 'name of a metric' },
  { text: /look-every/, files: /^cli\/(?:watchMain|commands\/watch)\.ts$/, reason: 'name of an option' },
  { text: /`told:/, files: /^extension\/notify\/problemNotifier\.ts$/, reason: 'key of a stored value' },
  { text: /[sS]topLooking|isLooking/, files: /^extension\//, reason: 'id of a command and key of a when clause' },
  { text: /\bsettle\b/, files: /^hooks\//, reason: 'argument that installed hooks pass' },
  { text: /[tT]ell the user/, files: /^mcp\/|^hooks\/|^core\/agents\//, reason: 'an instruction to an agent' },
];

describe('the words of the source files', () => {
  const files = sourceFiles();

  it('include no private ones', () => {
    assert.ok(files.length > 200, 'files are found');
    assert.deepEqual(files.flatMap(bannedIn), []);
  });

  it('are found in identifiers, strings and comments', () => {
    assert.deepEqual(bannedWords('const lastGlance = "it tells"; // TROUBLE_CODES, a Ledger'), [
      'glance',
      'tells',
      'trouble',
      'ledger',
    ]);
    assert.deepEqual(bannedWords('lookup, settled, retold, newsletter, amend'), []);
  });

  it('have no unused exception', () => {
    const unused = EXCEPTIONS.filter(
      ({ text, files: paths }) => !files.some((file) => paths.test(file) && text.test(read(file))),
    );
    assert.deepEqual(unused, []);
  });
});

function sourceFiles(): readonly string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:ts|js|sh|css|html|json)$/.test(name))
      .map((name) => posix.join(folder, name.replaceAll('\\', '/'))),
  );
}

function bannedIn(file: string): readonly string[] {
  const allowed = EXCEPTIONS.filter(({ files }) => files.test(file)).map(({ text }) => new RegExp(text, 'g'));
  return read(file)
    .split('\n')
    .flatMap((line, index) => {
      const rest = allowed.reduce((left, text) => left.replace(text, ''), line);
      return bannedWords(rest).map((word) => `${file}:${String(index + 1)}: ${word}`);
    });
}

/** The banned words of a text, with identifiers split at capitals and underscores. */
function bannedWords(text: string): readonly string[] {
  const words = text.replace(/([a-z0-9])([A-Z])/g, '$1 $2').match(/[A-Za-z]+/g) ?? [];
  return words.map((word) => word.toLowerCase()).filter((word) => BANNED.has(word));
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
