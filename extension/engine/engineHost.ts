/**
 * The child process's entry: answers the editor's calls with the engine's functions, one after the other, and ends when
 * the editor goes. What each function needs is loaded by the engine when it is first called.
 */
import {
  backUp,
  cleanUp,
  deleteBackup,
  pin,
  planCleanUp,
  planRestore,
  restore,
  unpin,
  verify,
  type Ports,
} from '../../core/engine.js';
import { describeError } from './errorDescription.js';
import { look } from './look.js';
import { listCommits } from './listCommits.js';
import { installPrograms } from './programs.js';
import { planSetUp, setUp } from './setUp.js';
import { compareStates, readState } from './states.js';
import type { OperationName, Params, Request, Response, Result } from './protocol.js';

type Handlers = {
  readonly [Name in OperationName]: (params: Params<Name>, context: CallContext) => Promise<Result<Name>>;
};

interface CallContext {
  readonly ports: Partial<Ports>;
}

const handlers: Handlers = {
  look: ({ root }, options) => look(root, options),
  backUp: async ({ root, trigger }, options) => {
    const outcome = await backUp(root, trigger, options);
    if (outcome.status !== 'created') return outcome;
    return { ...outcome, pruneProblem: outcome.pruneProblem && describeError(outcome.pruneProblem) };
  },
  readFeatures: ({ root, state }, options) => readState(root, state, options),
  compare: ({ root, before, after }, options) => compareStates(root, before, after, options),
  planRestore: ({ root, id, featureIds, salvage }, options) =>
    planRestore(root, id, { ...options, features: featureIds, salvage }),
  restore: ({ root, id, featureIds, salvage, force }, options) =>
    restore(root, id, { ...options, features: featureIds, salvage, force }),
  verify: async ({ root, id }, options) => {
    const [outcome] = await verify(root, id, options);
    if (outcome === undefined) throw new Error('A verified backup has an outcome');
    return { ...outcome, recordProblem: outcome.recordProblem && describeError(outcome.recordProblem) };
  },
  listCommits: ({ root }, options) => listCommits(root, options),
  planSetUp: (order, options) => planSetUp(order, options),
  setUp: (order, options) => setUp(order, options),
  updatePrograms: ({ programsPath }) => {
    installPrograms(programsPath);
    return Promise.resolve(undefined);
  },
  pin: ({ root, id }, options) => pin(root, id, options),
  unpin: ({ root, id }, options) => unpin(root, id, options),
  delete: ({ root, id, force }, options) => deleteBackup(root, id, { ...options, force }),
  planCleanUp: ({ root }, options) => planCleanUp(root, options),
  cleanUp: async ({ root }, options) => {
    const outcome = await cleanUp(root, options);
    return { ...outcome, problem: outcome.problem && describeError(outcome.problem) };
  },
};

process.on('message', (message) => void answer(message as Request));
process.on('disconnect', () => process.exit(0));

async function answer({ callId, operation, params }: Request): Promise<void> {
  const ports: Partial<Ports> = {
    onProgress: (step, fraction) => reply({ kind: 'progress', callId, step, fraction }),
    onWarning: (message) => reply({ kind: 'warning', message }),
  };
  try {
    reply({ kind: 'result', callId, value: await perform(operation, params, { ports }) });
  } catch (error) {
    reply({ kind: 'error', callId, error: describeError(error) });
  }
}

/** The editor builds calls from the same types, so the parameters are those of the operation. */
function perform<Name extends OperationName>(name: Name, params: unknown, context: CallContext): Promise<Result<Name>> {
  return handlers[name](params as Params<Name>, context);
}

function reply(response: Response): void {
  // An editor that has gone takes no more answers; 'disconnect' ends this process.
  process.send?.(response, undefined, undefined, () => undefined);
}
