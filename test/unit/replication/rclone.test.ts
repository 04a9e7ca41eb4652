import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { openTarget, resolveTarget } from '../../../core/replication/openTarget.js';
import { findRclone, targetFailed } from '../../../core/replication/rclone.js';
import { parseListing } from '../../../core/replication/rcloneListing.js';
import { isRemote } from '../../../core/project/configurationValues.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts } from '../../../core/system/ports.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('rclone', () => {
  const folder = useTemporaryFolder();

  it('accepts the names of configured remotes, but no connection strings, which can contain a password', () => {
    for (const remote of ['gdrive:', 'my nas:a/b', 'S3_x-1.2:bucket', '.a:', '+a:b', '@a:b', 'a:b:c'])
      assert.equal(isRemote(remote), true, remote);
    for (const remote of ['', ':', '-x:', '--config=x:y', ':sftp,host=h:', 'a,pass=b:', '/a:b', 'a', 'a:b\nc', 'a :b'])
      assert.equal(isRemote(remote), false, remote);
  });

  it('is run only from absolute folders in PATH, unchanged, with the environment of the caller', async () => {
    mkdirSync(folder.join('bin'));
    writeFileSync(
      folder.join('bin', 'rclone'),
      '#!/bin/sh\nprintf "%s|" "$@" "$RCLONE_CONFIG" "$RCLONE_RETRIES"\ncat\nexit 3\n',
    );
    chmodSync(folder.join('bin', 'rclone'), 0o755);
    const PATH = ['.', folder.join('bin'), '/usr/bin', '/bin'].join(delimiter);
    const ports = { ...realPorts(), environment: { PATH, RCLONE_CONFIG: '/x y' } };
    const { code, stdout } = await findRclone('a:b', ports)(['ls', '$(id)', 'a b'], 'input');
    assert.deepEqual([code, stdout.toString()], [3, 'ls|$(id)|a b|/x y|1|input']);
    assert.throws(
      () => findRclone('a:b', { ...ports, environment: { PATH: 'bin:.' } }),
      (error) => error instanceof BackupError && error.code === 'rclone-missing' && error.hint !== undefined,
    );
  });

  it('is reported with its last message, without time and secrets', () => {
    const printed =
      '2026/01/25 14:46:00 ERROR : a\n2026/01/25 14:46:00 Failed: https://me:hunter2@h/x?token=abc: password=xyz\n';
    const { message } = targetFailed('a:b', 'list the copies', printed);
    assert.equal(message, 'Could not list the copies at a:b: Failed: https://…@h/x?token=… password=…');
  });

  it('has no secrets in its messages, whatever their notation', () => {
    for (const [printed, shown] of [
      ['pass="hunter2", next', 'pass=…", next'],
      ["token: 'hunter2' next", "token: …' next"],
      ['{"client_secret":"hunter2","id":1}', '{"client_secret":…","id":1}'],
      ['access_key_id = hunter2&id=1', 'access_key_id = …&id=1'],
      ['Api-Key:hunter2', 'Api-Key:…'],
      ['X-Signature=hunter2', 'X-Signature=…'],
      ['credentials=hunter2', 'credentials=…'],
      ['sftp://me:hunter2@h/x', 'sftp://…@h/x'],
    ] as const) {
      const { message } = targetFailed('a:b', 'list', `${printed}\n`);
      assert.equal(message, `Could not list at a:b: ${shown}`);
    }
  });

  it('has its messages quoted without time and level', () => {
    for (const start of [
      '',
      '2026/01/25 14:46:00 ',
      ...['ERROR :', 'NOTICE:', 'CRITICAL:'].map((l) => `2026/01/25 14:46:00 ${l} `),
    ])
      assert.equal(targetFailed('a:b', 'list', `${start}no route\n`).message, 'Could not list at a:b: no route');
  });

  it('has one line quoted, or a note that it printed none', () => {
    const reason = (printed: string): string =>
      targetFailed('a:b', 'list', printed).message.slice('Could not list at a:b: '.length);
    assert.equal(reason(`${'a'.repeat(399)}bc`), `${'a'.repeat(399)}b`);
    assert.match(reason(' \n\n'), /without a message/);
  });

  it('is read in old and new formats, without invalid entries', () => {
    const entry = { Name: 'a', Size: 3, ModTime: '2026-01-25T14:46:00Z', Hashes: { 'SHA-1': 'AB', md5: '' } };
    const listed = parseListing(JSON.stringify([entry, { Name: 1 }, null, { Name: 'b', Size: 1, ModTime: 'x' }]));
    assert.deepEqual(listed, [
      { name: 'a', sizeBytes: 3, modifiedAt: new Date('2026-01-25T14:46:00Z'), hashes: { sha1: 'ab' } },
      { name: 'b', sizeBytes: 1, modifiedAt: undefined, hashes: {} },
    ]);
    for (const [Hashes, hashes] of [
      ['ab', {}],
      [null, {}],
      [{ 'SHA-256': 'AB', MD5: '', SHA1: 7 }, { sha256: 'ab' }],
    ] as const) {
      const [first] = parseListing(JSON.stringify([{ Name: 'a', Size: 1, Hashes }, 'text'])) ?? [];
      assert.deepEqual(first, { name: 'a', sizeBytes: 1, modifiedAt: undefined, hashes });
    }
    assert.equal(parseListing('{'), undefined);
    assert.equal(parseListing('{}'), undefined);
  });

  it('resolves a target by its name first, then by its location', () => {
    const named = { name: 'a', folder: '/mnt', rclone: undefined, retention: {} };
    assert.equal(resolveTarget('a', [named]), named);
    assert.equal(resolveTarget('/mnt/x', []).folder, '/mnt/x');
    assert.equal(resolveTarget('b:x', []).rclone, 'b:x');
    assert.throws(() => resolveTarget('b', [named]), {
      message: /The target b is not configured/,
      hint: 'Configured targets: a.',
    });
    assert.throws(() => resolveTarget('b', []), { code: 'target-not-found', hint: /No target is configured/ });
  });

  it('opens only a target with a location', () => {
    const ports = { ...realPorts(), environment: { PATH: '/nowhere' } };
    const target = { name: 'a', folder: undefined, rclone: undefined, retention: {} };
    const codeOf = (changes: object): string => {
      try {
        return openTarget({ ...target, ...changes }, '/scratch', ports).place;
      } catch (error) {
        return error instanceof BackupError ? error.code : String(error);
      }
    };
    assert.equal(codeOf({ folder: '/mnt/nas' }), '/mnt/nas');
    assert.equal(codeOf({}), 'configuration');
    assert.equal(codeOf({ rclone: 'away:x' }), 'rclone-missing');
    assert.equal(codeOf({ rclone: ':local,x=y:' }), 'configuration');
  });
});
