/**
 * Entry of the engine process: runs the editor's calls one after the other, and ends with the editor.
 */
import {
  acknowledgeShrinkage,
  backUp,
  cleanUp,
  deleteBackup,
  findShrinkage,
  pin,
  planCleanUp,
  planRestore,
  planStartOver,
  restore,
  startOver,
  unpin,
  verify,
  type Ports,
} from '../../core/engine.js';
import { afterBackup, drill, recordBackupFailure, replicate, runDueJobs } from './jobs.js';
import { readDeletedProject } from './deletedProject.js';
import { describeError } from './errorDescription.js';
import { findState, findStateAt, findStateBefore, listHistoryByDay, listHistoryOfDay } from './history.js';
import { readProject } from './readProject.js';
import { listCommits } from './listCommits.js';
import { installPrograms } from './programs.js';
import { planSetUp, setUp } from './setUp.js';
import { listProjects, survey } from './survey.js';
import { compareStates, readState } from './states.js';
import { findUndo } from './undo.js';
import {
  INTERRUPTIBLE,
  type OperationName,
  type Params,
  type Request,
  type Response,
  type Result,
} from './protocol.js';

type Handlers = {
  readonly [Name in OperationName]: (params: Params<Name>, context: CallContext) => Promise<Result<Name>>;
};

interface CallContext {
  readonly ports: Partial<Ports>;
}

const handlers: Handlers = {
  readProject,
  readDeletedProject: ({ root }, options) => readDeletedProject(root, options),
  backUp: async ({ root, trigger }, options) => {
    const outcome = await backUp(root, trigger, { ...options, afterBackup });
    if (outcome.status !== 'created') return outcome;
    return { ...outcome, pruneProblem: outcome.pruneProblem && describeError(outcome.pruneProblem) };
  },
  recordBackupFailure: ({ root, failure }, options) => recordBackupFailure(root, failure, options),
  readFeatures: ({ root, state }, options) => readState(root, state, options),
  compare: ({ root, before, after }, options) => compareStates(root, before, after, options),
  planRestore: ({ root, id, featureIds, salvage }, options) =>
    planRestore(root, id, { ...options, features: featureIds, salvage }),
  restore: ({ root, id, featureIds, salvage, force }, options) =>
    restore(root, id, { ...options, features: featureIds, salvage, force, afterBackup }),
  verify: async ({ root, id }, options) => {
    const [outcome] = await verify(root, id, options);
    if (outcome === undefined) throw new Error('verify() returned no outcome');
    return { ...outcome, recordProblem: outcome.recordProblem && describeError(outcome.recordProblem) };
  },
  findUndo: ({ root }, options) => findUndo(root, options),
  listHistoryByDay: ({ root }, options) => listHistoryByDay(root, options),
  listHistoryOfDay: ({ root, day }, options) => listHistoryOfDay(root, day, options),
  findState: ({ root, id }, options) => findState(root, id, options),
  findStateBefore: ({ root, id }, options) => findStateBefore(root, id, options),
  findStateAt: ({ root, at }, options) => findStateAt(root, at, options),
  findShrinkage: ({ root }, options) => findShrinkage(root, options),
  acknowledgeShrinkage: ({ root, featureCount }, options) =>
    acknowledgeShrinkage(root, { ...options, featureCount, source: 'editor', afterBackup }),
  planStartOver: ({ root }, options) => planStartOver(root, options),
  startOver: ({ root, featureCount }, options) =>
    startOver(root, { ...options, featureCount, source: 'editor', afterBackup }),
  listCommits: ({ root }, options) => listCommits(root, options),
  planSetUp: (request, options) => planSetUp(request, options),
  setUp: (request, options) => setUp(request, options),
  updatePrograms: ({ programsPath }) => {
    installPrograms(programsPath);
    return Promise.resolve(undefined);
  },
  pin: ({ root, id }, options) => pin(root, id, { ...options, afterBackup }),
  unpin: ({ root, id }, options) => unpin(root, id, { ...options, afterBackup }),
  delete: ({ root, id, force }, options) => deleteBackup(root, id, { ...options, force }),
  planCleanUp: ({ root }, options) => planCleanUp(root, options),
  cleanUp: async ({ root }, options) => {
    const outcome = await cleanUp(root, options);
    return { ...outcome, problem: outcome.problem && describeError(outcome.problem) };
  },
  listProjects: (_none, options) => listProjects(options),
  survey,
  drill: ({ root }, options) => drill(root, options),
  replicate: ({ root }, options) => replicate(root, options),
  runDueJobs: ({ roots }, options) => runDueJobs(roots, options),
};

process.on('message', (message) => void answer(message as Request));
process.on('disconnect', () => {
  if (running === undefined || INTERRUPTIBLE.has(running)) process.exit(0);
  setTimeout(() => process.exit(0), FINISH_TIMEOUT_MS);
});

let running: OperationName | undefined;

/** No other process runs a claimed job, so it may finish. Without an editor, only this limit can stop it. */
const FINISH_TIMEOUT_MS = 5 * 60_000;

async function answer({ callId, operation, params }: Request): Promise<void> {
  running = operation;
  const ports: Partial<Ports> = {
    onProgress: (step, fraction) => reply({ kind: 'progress', callId, step, fraction }),
    onWarning: (message) => reply({ kind: 'warning', message }),
    onNotice: (message) => reply({ kind: 'notice', message }),
  };
  try {
    reply({ kind: 'result', callId, value: await perform(operation, params, { ports }) });
  } catch (error) {
    reply({ kind: 'error', callId, error: describeError(error) });
  }
  running = undefined;
  if (!process.connected) process.exit(0);
}

/** The cast is safe because the editor builds calls from the same types. */
function perform<Name extends OperationName>(name: Name, params: unknown, context: CallContext): Promise<Result<Name>> {
  return handlers[name](params as Params<Name>, context);
}

function reply(response: Response): void {
  // Sending fails after the editor has ended; 'disconnect' then ends this process.
  process.send?.(response, undefined, undefined, () => undefined);
}
