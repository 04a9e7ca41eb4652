import * as vscode from 'vscode';
import type { Backup } from '../../core/store/index.js';
import { BackupError } from '../../core/system/index.js';
import { backupRow } from '../model/backupRow.js';
import { momentText, suggestedMoment, parseMoment } from '../model/momentInput.js';
import { l10n } from '../words/l10n.js';
import { dateTime, dayName } from '../words/times.js';
import type { Command, Services } from './command.js';
import { dismissed, pickProject, type PickedProject } from './pick.js';
import { restoreWithConfirmation } from './restoreFlow.js';

/** Restores the newest backup or history state at or before a time. */
export const restoreAtTime: Command = {
  name: 'restoreAtTime',
  writes: true,
  run: async (services, target) => {
    const project = await pickProject(services, target);
    const at = await askForTime(services, project);
    const backup = await stateAt(services, project, at);
    if (backup === undefined) throw noBackupBefore(project, at);
    await restoreWithConfirmation(services, { project, backup });
  },
};

async function askForTime(services: Services, project: PickedProject): Promise<Date> {
  const value = momentText(suggestedMoment(oldestOf(project), new Date()));
  // VS Code shows the result of `validateInput` only after the first edit.
  const { message } = await describe(services, project, value);
  const text = await vscode.window.showInputBox({
    title: l10n.t('Restore to Point in Time'),
    prompt: l10n.t('{0}. Enter a date and time, such as 2026-01-25 14:46, or 14:46 for today.', message),
    value,
    validateInput: (typed) => describe(services, project, typed),
  });
  if (text === undefined) throw dismissed();
  const at = parseMoment(text, new Date());
  if (at === undefined) throw invalidMoment(text);
  return at;
}

/** Describes the state that the typed time would restore. */
async function describe(
  services: Services,
  project: PickedProject,
  typed: string,
): Promise<vscode.InputBoxValidationMessage> {
  const { Error, Info } = vscode.InputBoxValidationSeverity;
  const now = new Date();
  const at = parseMoment(typed, now);
  if (at === undefined) return { message: invalidMoment(typed).message, severity: Error };
  const state = await stateAt(services, project, at);
  if (state === undefined) return { message: noBackupBefore(project, at).message, severity: Error };
  const { label, description } = backupRow(state);
  const day = dayName(state.createdAt, now);
  return { message: l10n.t('Restores “{0}”: {1}, {2}', label, day, description), severity: Info };
}

async function stateAt({ engine }: Services, { root }: PickedProject, at: Date): Promise<Backup | undefined> {
  return await engine.call('findStateAt', { root, at });
}

function oldestOf({ overview: { backups, history } }: PickedProject): Date {
  const times = backups.filter(({ kind }) => kind === 'ordinary').map(({ createdAt }) => createdAt.getTime());
  return new Date(Math.min(...times, history.oldest?.getTime() ?? Date.now()));
}

function invalidMoment(text: string): BackupError {
  return new BackupError(l10n.t('“{0}” is not a date and time such as 2026-01-25 14:46', text), {
    code: 'usage',
    operation: 'read the time',
  });
}

function noBackupBefore(project: PickedProject, at: Date): BackupError {
  return new BackupError(l10n.t('No backup of “{0}” from {1} or earlier', project.name, dateTime(at)), {
    code: 'backup-not-found',
    operation: 'find a backup by time',
    path: project.overview.storePath,
    hint: l10n.t('The oldest backup is from {0}.', dateTime(oldestOf(project))),
  });
}
