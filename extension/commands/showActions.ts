import * as vscode from 'vscode';
import { COMMANDS, type CommandName } from '../contributions.js';
import { commandIcon } from '../model/icons.js';
import { actionsFor, targetOf } from '../model/problemActions.js';
import { worstProject } from '../model/projectCondition.js';
import type { ProjectState } from '../model/projectState.js';
import { shownProblems, type ShownProblem } from '../model/shownProblem.js';
import { quietTitle, worstProblem } from '../model/statusView.js';
import type { Command } from './command.js';
import { commandTitle } from './commandTitle.js';
import type { Target } from './target.js';

export const showActions: Command = {
  name: 'showActions',
  writes: false,
  run: async ({ projects }, target) => {
    const { states } = projects;
    const project = states.find(({ root }) => root === target.root) ?? worstProject(states);
    const problem = project && problemOf(project, target);
    const names = project === undefined ? DEFAULT_ACTIONS : actionsFor(problem, project, vscode.workspace.isTrusted);
    const picked = await vscode.window.showQuickPick(names.map(item), {
      title: project === undefined ? 'Feature Backups' : `${project.name}: ${problem?.title ?? quietTitle(project)}`,
      placeHolder: problem?.explanation ?? '',
    });
    if (picked === undefined) return;
    const args = project === undefined ? [] : [targetOf(problem, project)];
    await vscode.commands.executeCommand(COMMANDS[picked.name], ...args);
  },
};

const DEFAULT_ACTIONS: readonly CommandName[] = ['openSettings', 'showLog'];

/** The problem whose row was clicked, else the worst one. */
function problemOf(project: ProjectState, { problemId }: Target): ShownProblem | undefined {
  const now = new Date();
  return shownProblems(project, now).find(({ id }) => id === problemId) ?? worstProblem(project, now);
}

function item(name: CommandName): vscode.QuickPickItem & { readonly name: CommandName } {
  return { label: `$(${commandIcon(name)}) ${commandTitle(name)}`, name };
}
