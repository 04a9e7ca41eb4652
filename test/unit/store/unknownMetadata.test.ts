import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { warnOfUnknownMetadata } from '../../../core/store/unknownMetadata.js';
import type { Backup } from '../../../core/store/backup.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { listedBackup } from '../../support/listedBackup.js';

describe('a warning of metadata that cannot be read', () => {
  const collector = (): { readonly ports: Ports; readonly warnings: string[] } => {
    const warnings: string[] = [];
    return { ports: { ...realPorts(), onWarning: (warning) => warnings.push(warning) }, warnings };
  };
  /** A backup whose metadata cannot be read. */
  const backup = (name: string): Backup => {
    const id = `features_1_20260125-144600_${name}`;
    const problem = { path: `/store/${id}.json`, kind: 'unreadable', reason: `${name} fails` } as const;
    return listedBackup(id, { metadataProblem: problem });
  };
  const intact = listedBackup('features_1_20260125-144600_intact');

  it('is given once for each file to everyone who is warned', () => {
    const [one, other] = [collector(), collector()];
    for (let turn = 0; turn < 2; turn += 1) warnOfUnknownMetadata([backup('a'), intact], one.ports);
    assert.equal(one.warnings.length, 1);
    assert.match(
      one.warnings[0] ?? '',
      /^Could not read the metadata of 1 backup; it is kept because .*_a\.json: a fails\)$/,
    );
    warnOfUnknownMetadata([backup('a'), backup('c'), backup('d')], one.ports);
    assert.equal(one.warnings.length, 2);
    assert.match(
      one.warnings[1] ?? '',
      /of 2 backups; they are kept because .*_c\.json: c fails; .*_d\.json: d fails\)$/,
    );
    warnOfUnknownMetadata([backup('a')], other.ports);
    assert.equal(other.warnings.length, 1);
  });

  it('is not given without a reason, or to nobody', () => {
    const { ports, warnings } = collector();
    warnOfUnknownMetadata([], ports);
    warnOfUnknownMetadata([intact], ports);
    assert.deepEqual(warnings, []);
    const { onWarning, ...silent } = ports;
    assert.ok(onWarning);
    assert.doesNotThrow(() => warnOfUnknownMetadata([backup('a')], silent));
  });

  it('names at most three files', () => {
    const { ports, warnings } = collector();
    warnOfUnknownMetadata(
      ['a', 'b', 'c', 'd', 'e'].map((name) => backup(name)),
      ports,
    );
    assert.match(warnings[0] ?? '', /of 5 backups; .*a fails; .*b fails; .*c fails; and 2 more\)$/);
  });
});
