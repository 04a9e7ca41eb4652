import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from '../../core/project/index.js';
import { recordPath, recordsFolder, writeRecord } from '../../core/projects/recordFile.js';
import { realPorts, type Ports } from '../../core/system/index.js';
import { testProject } from './testProject.js';
import type { TemporaryFolder } from './temporaryFolder.js';

/** A project with folders in the vault; without a database, so its files can be anything with the right names. */
export class RecordedProject {
  constructor(private readonly folder: TemporaryFolder) {}

  get project(): Project {
    const made = testProject(this.folder.join('projects', 'shop'));
    return { ...made, configuration: { ...made.configuration, vault: true } };
  }

  get vault(): string {
    return this.folder.join('vault');
  }

  ports(more: Partial<Ports> = {}): Ports {
    const environment = {
      HOME: this.folder.join('home'),
      FEATURE_BACKUPS_STATE: this.folder.join('state'),
      FEATURE_BACKUPS_VAULT: this.vault,
      TMPDIR: this.folder.join('temporary'),
    };
    return { ...realPorts(), environment, ...more };
  }

  /** The path of its record, which fails to be read by tests. */
  get recordPath(): string {
    return recordPath(this.project.root, this.ports());
  }

  /** Records it with these folders in the vault. */
  record(first: string, ...others: readonly string[]): void {
    const { root, databasePath, storePath } = this.project;
    mkdirSync(recordsFolder(this.ports()), { recursive: true });
    const lastBackup = { id: 'none', createdAt: '2026-01-25T12:00:00.000Z', features: undefined, passing: undefined };
    const record = {
      roots: [root],
      databasePath,
      storePath,
      fileIds: [],
      remotes: [],
      firstCommits: [],
      lastBackup,
    } as const;
    writeRecord(this.recordPath, { ...record, vaultKeys: [first, ...others] }, this.ports());
  }

  /** Writes files into the store; each contains its own name. */
  putInStore(...names: readonly string[]): void {
    put(this.project.storePath, names);
  }

  putInVault(key: string, ...names: readonly string[]): void {
    put(join(this.vault, key), names);
  }

  namesInVault(key: string): readonly string[] {
    return readdirSync(join(this.vault, key)).sort();
  }
}

function put(folder: string, names: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  for (const name of names) writeFileSync(join(folder, name), name.endsWith('.json') ? '{}' : name);
}
