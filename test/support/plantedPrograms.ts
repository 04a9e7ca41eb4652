import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { useTemporaryFolder } from './temporaryFolder.js';

/** Programs placed where they might be run by mistake; each run is recorded. */
export interface PlantedPrograms {
  /** Writes an executable that records its run and then fails. */
  plant(path: string): void;
  /** An executable of this kind outside the project. */
  readonly program: string;
  /** One line for each run; empty without runs. */
  runs(): string;
}

/** The record is in a separate folder, so no test mistakes it for part of a project. */
export function usePlantedPrograms(): PlantedPrograms {
  const folder = useTemporaryFolder();
  const record = (): string => folder.join('runs');
  const plant = (path: string): void => {
    writeFileSync(path, `#!/bin/sh\necho "$0 $*" >> '${record()}'\nexit 1\n`, { mode: 0o755 });
  };
  return {
    plant,
    get program() {
      const path = folder.join('program');
      if (!existsSync(path)) plant(path);
      return path;
    },
    runs: () => (existsSync(record()) ? readFileSync(record(), 'utf8') : ''),
  };
}

/** Every git setting that names a program, and some that make one reachable, as in an archived clone. */
export function plantGitSettings(gitFolder: string, program: string): void {
  const hooks = join(gitFolder, 'planted-hooks');
  mkdirSync(hooks);
  for (const hook of ['reference-transaction', 'post-index-change', 'fsmonitor-watchman']) {
    writeFileSync(join(hooks, hook), `#!/bin/sh\nexec '${program}' ${hook}\n`, { mode: 0o755 });
  }
  const commands = ['log', 'rev-list', 'rev-parse', 'symbolic-ref', 'cat-file', 'ls-files', 'check-ignore', 'version'];
  const settings = [
    '[core]',
    ...['fsmonitor', 'pager', 'editor', 'sshCommand', 'gitProxy', 'askPass', 'alternateRefsCommand'].map(
      (name) => `\t${name} = ${program}`,
    ),
    `\thooksPath = ${hooks}`,
    '\trepositoryFormatVersion = 1',
    `[log]\n\tshowSignature = true`,
    `[gpg]\n\tprogram = ${program}`,
    `[gpg "ssh"]\n\tprogram = ${program}`,
    `[diff]\n\texternal = ${program}`,
    `[diff "planted"]\n\ttextconv = ${program}\n\tcommand = ${program}`,
    `[filter "planted"]\n\tclean = ${program}\n\tsmudge = ${program}\n\tprocess = ${program}`,
    `[credential]\n\thelper = !${program}`,
    // Missing objects are fetched from here.
    '[extensions]\n\tpartialClone = planted',
    `[remote "planted"]\n\tpromisor = true\n\turl = ${gitFolder}\n\tuploadpack = ${program}`,
    '[protocol]\n\tallow = always',
    '[protocol "file"]\n\tallow = always',
    ...commands.flatMap((name) => [`[pager]\n\t${name} = ${program}`, `[alias]\n\t${name} = !${program}`]),
  ];
  appendFileSync(join(gitFolder, 'config'), `${settings.join('\n')}\n`);
  mkdirSync(join(gitFolder, 'info'), { recursive: true });
  writeFileSync(join(gitFolder, 'info', 'attributes'), '* filter=planted diff=planted\n');
}
