import { runScenario, type Engines, type Failure } from './runScenario.js';
import type { Scenario } from './scenario.js';
import { shrink } from './shrink.js';

/** The shortest scenario found for a failing seed, in words; and the command to run it again. */
export async function reportFailure(scenario: Scenario, failure: Failure, engines: Engines): Promise<string> {
  const { seed, processCount } = scenario;
  const shortest = await shrink(scenario, failure, engines);
  const { failure: found, trace } = await runScenario(shortest, engines, true);
  return [
    `seed ${seed.toString()}: ${(found ?? failure).message}`,
    '',
    describeWorld(shortest),
    ...trace.filter((line) => !isRead(line)).slice(-MAX_LINES),
    '',
    `To run it again: npm run simulate -- --seed ${seed.toString()} --processes ${processCount.toString()}`,
  ].join('\n');
}

function describeWorld({
  nameOrder,
  synchronous,
  processCount,
  vault,
  retention,
  historyBytes,
  steps,
}: Scenario): string {
  return [
    `${processCount.toString()} process(es); names reach the disk in ${nameOrder === 'any' ? 'any order' : 'their order'};`,
    `the writer's synchronous is ${synchronous}; keepLast ${retention.keepLast.toString()},`,
    `keepEmergency ${retention.keepEmergency.toString()}, history of ${historyBytes.toString()} bytes;`,
    `${vault === undefined ? 'no vault' : `a vault on the ${vault}`};`,
    `${steps.length.toString()} steps.`,
  ].join(' ');
}

/** Reads change nothing, and are most of the calls. */
function isRead(line: string): boolean {
  return (
    /^[^:]+: (read|fstat|lstat|stat|close|realpath|readdir|readFile|readlink) /.test(line) &&
    !/-> E(?!NOENT)/.test(line)
  );
}

const MAX_LINES = 150;
