import { relative } from 'node:path';
import type { BrokenConnection } from '../agents/index.js';
import { healthProblem } from './describeProblem.js';
import type { HealthProblem } from './healthProblem.js';
import type { ProjectSummary } from './projectSummary.js';

/** Connections that the user made and that back up nothing, and a project without any. */
export function connectionProblems({ connections, project, newest }: ProjectSummary): readonly HealthProblem[] {
  if (connections === undefined) return [];
  const { broken, hooks, isConnected } = connections;
  const hookProblem = hooks?.problem;
  return [
    ...broken.map((connection) => brokenConnection(connection, project.root)),
    ...(hookProblem === undefined ? [] : [brokenHooks(hookProblem)]),
    ...(isConnected || newest === undefined ? [] : [notConnected()]),
  ];
}

/** A connection that came with a clone was never made on this computer. */
function brokenConnection(connection: BrokenConnection, root: string): HealthProblem {
  const { path, server, problem, advice, isMadeHere } = connection;
  return healthProblem({
    code: 'connection-broken',
    severity: isMadeHere ? 'warning' : 'information',
    subject: [relative(root, path).replaceAll('\\', '/'), ...(server === undefined ? [] : [server])].join(': '),
    what: [problem],
    advice: [advice],
  });
}

function brokenHooks({ message, hint }: { readonly message: string; readonly hint: string }): HealthProblem {
  return healthProblem({
    code: 'connection-broken',
    severity: 'warning',
    subject: 'git',
    what: [`${(message[0] ?? '').toUpperCase()}${message.slice(1)}`],
    advice: [hint],
  });
}

/** Also for a project without backups, where it is not yet a problem. */
export function notConnected(): HealthProblem {
  return healthProblem({
    code: 'not-connected',
    severity: 'information',
    what: ['No agent, git hook or watcher makes backups of this project'],
    advice: ['Run feature-backups setup'],
  });
}
