import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'mocha';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
].filter((name) => name.endsWith('.md'));

describe('the documents', () => {
  it('name only existing source files and folders', () => {
    const named = documents.flatMap((document) =>
      [...read(document).matchAll(/`((?:core|cli|mcp|hooks|launch|extension|test|scripts|docs)\/[\w./-]+)`/g)].map(
        ([, path = '']) => path,
      ),
    );
    assert.ok(named.length > 20, 'paths are found');
    assert.deepEqual(
      named.filter((path) => !existsSync(join(root, path))),
      [],
    );
  });

  it('link only to existing files', () => {
    const links = documents.flatMap((document) =>
      [...read(document).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, to = '']) =>
        join(root, dirname(document), to),
      ),
    );
    assert.ok(links.length > 20, 'links are found');
    assert.deepEqual(
      links.filter((path) => !existsSync(path)),
      [],
    );
  });
});

function read(document: string): string {
  return readFileSync(join(root, document), 'utf8');
}
