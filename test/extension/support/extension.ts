import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { EXTENSION_ID } from '../../../extension/commands/commandTitle.js';
import type { HealthProblemCode } from '../../../core/health/healthProblem.js';
import { conditionOf, type ProjectCondition } from '../../../extension/model/projectCondition.js';
import type { ProjectState } from '../../../extension/model/projectState.js';
import type { ExtensionApi } from '../../../extension/testApi.js';
import { Dialogs } from './dialogs.js';

/** The extension under test, active. */
export async function activeExtension(): Promise<ExtensionApi> {
  const extension = vscode.extensions.getExtension<ExtensionApi>(EXTENSION_ID);
  assert.ok(extension, 'the extension is not installed');
  const api = await extension.activate();
  await until('the projects are loaded', () => api.projects.isLoaded);
  return api;
}

/** The worst problem of the only project, or of the one in this folder; its condition if it has none. */
export function statusOf({ projects }: ExtensionApi, root?: string): HealthProblemCode | ProjectCondition | undefined {
  const project = projects.states.find((candidate) => root === undefined || candidate.root === root);
  return project && (project.problems[0]?.code ?? conditionOf(project));
}

export function onlyProject({ projects }: ExtensionApi): ProjectState {
  const [only, ...others] = projects.states;
  assert.ok(only);
  assert.deepEqual(others, []);
  return only;
}

/** Waits for a condition that other processes, watchers or timers fulfil. */
export async function until(what: string, condition: () => boolean, timeoutMs = 25_000): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs;
  while (!condition()) {
    assert.ok(Date.now() < deadlineMs, `waited ${timeoutMs} ms in vain until ${what}; shown:${Dialogs.transcript()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function setSetting(name: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration('featureBackups').update(name, value, vscode.ConfigurationTarget.Global);
}
