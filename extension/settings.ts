import * as vscode from 'vscode';
import { SECTION, SETTINGS, type SettingName, type SettingValue } from './contributions.js';

/** The value of a setting, or its default if a hand-edited file contains a value of the wrong type. */
export function setting<Name extends SettingName>(name: Name): SettingValue<Name> {
  const defaultValue = SETTINGS[name] as SettingValue<Name>;
  const value = vscode.workspace.getConfiguration(SECTION).get<unknown>(name);
  return typeof value === typeof defaultValue ? (value as SettingValue<Name>) : defaultValue;
}

type SecondsSetting = Extract<SettingName, `${string}Seconds`>;

export function milliseconds(name: SecondsSetting): number {
  return Math.max(0, setting(name)) * 1000;
}

export type NotificationSetting = Extract<SettingName, `notifications.${string}`>;

/** Disables a notification in every workspace. */
export async function disableNotification(name: NotificationSetting): Promise<void> {
  await vscode.workspace.getConfiguration(SECTION).update(name, false, vscode.ConfigurationTarget.Global);
}

export function onSettingsChange(listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(SECTION)) listener();
  });
}
