import * as vscode from 'vscode';
import { l10n } from '../words/l10n.js';
import type { Command } from './command.js';
import { dismissed } from './pick.js';
import { setUpWithPreview } from './setUpFlow.js';

export const connectAgent: Command = {
  name: 'connectAgent',
  writes: true,
  run: async (services, target) => {
    const kind = await pickKind();
    await setUpWithPreview(services, target, kind, {
      question: (folder) => l10n.t('Have the agents of “{0}” back up the backlog before they write?', folder),
      explanation: EXPLANATIONS[kind](),
      button: l10n.t('Connect Agent'),
      alreadyDone: l10n.t('The agent is connected already.'),
      done: l10n.t('Connected. Agents that are running have to be started again.'),
    });
  },
};

type AgentKind = 'claude' | 'mcp';

const EXPLANATIONS: Readonly<Record<AgentKind, () => string>> = {
  claude: () =>
    l10n.t(
      'A hook in the project’s settings makes a backup before a tool that writes. Everything else stays as it is.',
    ),
  mcp: () => l10n.t('The feature server is started through Feature Backups, which passes everything on unchanged.'),
};

async function pickKind(): Promise<AgentKind> {
  const items: readonly (vscode.QuickPickItem & { readonly agent: AgentKind })[] = [
    {
      agent: 'claude',
      label: l10n.t('Claude Code and AutoForge'),
      description: '.claude/settings.json',
      detail: l10n.t('A hook that their agents run before each tool'),
    },
    {
      agent: 'mcp',
      label: l10n.t('An MCP client that starts the feature server itself'),
      description: '.mcp.json, .vscode/mcp.json, .cursor/mcp.json',
      detail: l10n.t('The server behind a tap'),
    },
  ];
  const picked = await vscode.window.showQuickPick(items, { placeHolder: l10n.t('Which agent?') });
  if (picked === undefined) throw dismissed();
  return picked.agent;
}
