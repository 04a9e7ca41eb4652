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
      question: (folder) => l10n.t('Back up the backlog of “{0}” before agents write to it?', folder),
      explanation: EXPLANATIONS[kind](),
      button: l10n.t('Connect Agent'),
      alreadyDone: l10n.t('The agent is already connected.'),
      done: l10n.t('Agent connected. Restart running agents.'),
    });
  },
};

type AgentKind = 'claude' | 'mcp';

const EXPLANATIONS: Readonly<Record<AgentKind, () => string>> = {
  claude: () =>
    l10n.t(
      'Adds a hook to the project’s settings that backs up before every tool call that writes and after a session, and reports lost features to the model. Nothing else changes.',
    ),
  mcp: () =>
    l10n.t(
      'Adds a tap that starts the feature server and backs up before every call that writes. Calls and responses are passed on unchanged.',
    ),
};

async function pickKind(): Promise<AgentKind> {
  const items: readonly (vscode.QuickPickItem & { readonly agent: AgentKind })[] = [
    {
      agent: 'claude',
      label: l10n.t('Claude Code and AutoForge'),
      description: '.claude/settings.json',
      detail: l10n.t('A hook that runs before every tool call'),
    },
    {
      agent: 'mcp',
      label: l10n.t('MCP client that starts the feature server'),
      description: '.mcp.json, .vscode/mcp.json, .cursor/mcp.json',
      detail: l10n.t('A tap in front of the feature server'),
    },
  ];
  const picked = await vscode.window.showQuickPick(items, { placeHolder: l10n.t('Select an agent') });
  if (picked === undefined) throw dismissed();
  return picked.agent;
}
