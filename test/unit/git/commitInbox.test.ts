import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { processInbox, formatLinks, parseEntry, writePendingLinks } from '../../../core/git/commitInbox.js';
import type { InboxEntry } from '../../../core/git/commitLink.js';
import { realPorts } from '../../../core/system/ports.js';
import { shortTransfers } from '../../support/shortTransfers.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const folder = useTemporaryFolder();
const [ONE, TWO] = ['1'.repeat(40), '2'.repeat(64)];

describe('the inbox of the hooks', () => {
  it('keeps paths with spaces, quotes, line breaks and other alphabets on one line', () => {
    const links = [{ storePath: '/a b/"c"\n\\d/é/.feature_backups', backupId: 'features_1_20260125-144600_x' }];
    const line = `commit ${ONE} ${formatLinks(links)}`;
    assert.ok(!line.includes('\n'));
    assert.deepEqual(parseEntry(line), { kind: 'commit', commit: ONE, links });
  });

  it('contains a rewrite and its cause', () => {
    assert.deepEqual(parseEntry(`rewrite rebase ${ONE} ${TWO}`), { kind: 'rewrite', by: 'rebase', from: ONE, to: TWO });
  });

  it('ignores unknown lines', () => {
    for (const line of [
      '',
      'commit',
      `commit ${ONE.slice(1)} []`,
      `rewrite amend ${ONE}`,
      `rewrite amend ${ONE} HEAD`,
    ]) {
      assert.equal(parseEntry(line), undefined);
    }
    assert.deepEqual(parseEntry(`commit ${ONE} {"no": "list"}`), { kind: 'commit', commit: ONE, links: [] });
    assert.deepEqual(parseEntry(`commit ${ONE} [["only a path"], 7]`), { kind: 'commit', commit: ONE, links: [] });
  });

  it('is processed in order, after the entries of an interrupted run, and then removed', async () => {
    writeFileSync(folder.join('inbox'), `commit ${TWO} []\n`);
    writeFileSync(folder.join('inbox-000000000000001-7'), `commit ${ONE} []\n`);
    const seen: InboxEntry[] = [];
    await processInbox(folder.path, realPorts(), (entries) => {
      seen.push(...entries);
      return Promise.resolve();
    });
    assert.deepEqual(
      seen.map((entry) => entry.kind === 'commit' && entry.commit),
      [ONE, TWO],
    );
    assert.deepEqual(readdirSync(folder.path), []);
  });

  it('is read only from files with its own names', async () => {
    for (const name of ['inbox-notes', 'inbox-000000000000001-7.txt']) writeFileSync(folder.join(name), 'mine');
    await processInbox(folder.path, realPorts(), () => Promise.resolve());
    assert.deepEqual(readdirSync(folder.path).sort(), ['inbox-000000000000001-7.txt', 'inbox-notes']);
  });

  it('is not written through a link', () => {
    const repository = { workTree: folder.path, gitFolder: folder.path, commonFolder: folder.path };
    mkdirSync(folder.join('feature-backups'));
    writeFileSync(folder.join('elsewhere'), 'mine');
    symlinkSync(folder.join('elsewhere'), folder.join('feature-backups', 'pending'));
    assert.throws(() => {
      writePendingLinks(repository, [{ storePath: '/a', backupId: 'b' }], realPorts());
    }, /ELOOP/);
    assert.equal(readFileSync(folder.join('elsewhere'), 'utf8'), 'mine');
  });

  it('is written completely when the system writes fewer bytes than requested', () => {
    const repository = { workTree: folder.path, gitFolder: folder.path, commonFolder: folder.path };
    const links = [{ storePath: '/a', backupId: 'features_1_20260125-144600_x' }];
    writePendingLinks(repository, links, { ...realPorts(), files: shortTransfers(10) });
    assert.equal(readFileSync(folder.join('feature-backups', 'pending'), 'utf8'), `${formatLinks(links)}\n`);
  });

  it('is kept if its entries could not be processed', async () => {
    writeFileSync(folder.join('inbox'), `commit ${ONE} []\n`);
    await assert.rejects(
      processInbox(folder.path, realPorts(), () => Promise.reject(new Error('locked'))),
      /locked/,
    );
    assert.ok(!existsSync(folder.join('inbox')));
    const [name] = readdirSync(folder.path);
    assert.equal(readFileSync(folder.join(name ?? ''), 'utf8'), `commit ${ONE} []\n`);
  });
});
