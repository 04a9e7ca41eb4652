import { relative } from 'node:path';
import type { BrokenConnection } from '../agents/index.js';
import { isWithin } from '../system/index.js';
import { healthProblem } from './describeProblem.js';
import type { ConnectionsState } from './connectionsState.js';
import type { HealthProblem } from './healthProblem.js';
import type { ProjectSummary } from './projectSummary.js';

/** Connections that make no backups, and a project without connections. */
export function connectionProblems({ connections, project, newest }: ProjectSummary): readonly HealthProblem[] {
  if (connections === undefined) return [];
  return [
    ...brokenConnections(connections, project.root),
    ...(connections.isConnected || newest === undefined ? [] : [notConnected()]),
  ];
}

/** Connections that the user made and that back up nothing. */
export function brokenConnections({ broken, hooks }: ConnectionsState, root: string): readonly HealthProblem[] {
  const hookProblem = hooks?.problem;
  return [
    ...broken.map((connection) => brokenConnection(connection, root)),
    ...(hookProblem === undefined ? [] : [brokenHooks(hookProblem)]),
  ];
}

/** Only information if the connection came with a clone, because the user never made it on this computer. */
function brokenConnection(connection: BrokenConnection, root: string): HealthProblem {
  const { problem, advice, isMadeHere } = connection;
  return healthProblem({
    code: 'connection-broken',
    severity: isMadeHere ? 'warning' : 'information',
    subject: connectionName(connection, root),
    what: [problem],
    advice: [advice],
  });
}

/** The settings file, by its path in the project if it is there, and the server in it. */
export function connectionName({ path, server }: Pick<BrokenConnection, 'path' | 'server'>, root: string): string {
  const file = isWithin(root, path) ? relative(root, path).replaceAll('\\', '/') : path;
  return server === undefined ? file : `${file}: ${server}`;
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

/** `doctor` also reports this for a project without backups, of which it is not yet a problem. */
export function notConnected(): HealthProblem {
  return healthProblem({
    code: 'not-connected',
    severity: 'information',
    what: ['No agent, git hook or watcher makes backups of this project'],
    advice: ['Run feature-backups setup'],
  });
}
