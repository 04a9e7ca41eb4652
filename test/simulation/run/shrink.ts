import { runScenario, type Engines, type Failure } from './runScenario.js';
import type { Scenario, Step } from './scenario.js';

/** A shorter scenario that violates the same guarantee: removes steps and events while it still does. */
export async function shrink(scenario: Scenario, failure: Failure, engines: Engines): Promise<Scenario> {
  let shortest = scenario;
  for (let isShorter = true; isShorter;) {
    isShorter = false;
    for (const candidate of shorterOnes(shortest)) {
      const { failure: found } = await runScenario(candidate, engines);
      if (found?.guarantee !== failure.guarantee) continue;
      shortest = candidate;
      isShorter = true;
      break;
    }
  }
  return shortest;
}

function* shorterOnes(scenario: Scenario): Generator<Scenario> {
  const { steps, processCount } = scenario;
  if (processCount > 1) yield { ...scenario, processCount: 1 };
  for (let length = steps.length >> 1; length > 1; length >>= 1) {
    for (let from = 0; from < steps.length; from += length) yield { ...scenario, steps: without(steps, from, length) };
  }
  for (const index of steps.keys()) yield { ...scenario, steps: without(steps, index, 1) };
  for (const [index, step] of steps.entries()) {
    if (step.writerChance > 0) yield { ...scenario, steps: steps.with(index, { ...step, writerChance: 0 }) };
    for (const event of step.events) {
      const events = step.events.filter((other) => other !== event);
      yield { ...scenario, steps: steps.with(index, { ...step, events }) };
    }
  }
}

function without(steps: readonly Step[], from: number, length: number): readonly Step[] {
  return [...steps.slice(0, from), ...steps.slice(from + length)];
}
