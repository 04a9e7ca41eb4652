import type { DifferenceCounts, Feature, FeatureChange, FeatureComparison, FieldChange } from './feature.js';

/** The changes from one set of features to another, field by field. Lists at most `maxListed` of a kind. */
export function compareFeatures(
  before: readonly Feature[],
  after: readonly Feature[],
  maxListed = Infinity,
): FeatureComparison {
  const earlier = byId(before);
  const later = byId(after);
  const differences = new FeatureDifferences(maxListed);
  for (const feature of inOrder([...later.values()])) {
    const previous = earlier.get(feature.id);
    if (previous === undefined) differences.addAdded(() => feature);
    else differences.addPair(compareOne(previous, feature));
  }
  for (const feature of inOrder([...earlier.values()])) {
    if (!later.has(feature.id)) differences.addRemoved(() => feature);
  }
  return differences.result();
}

/** Counts differences, which are added in the order of their ids, and lists the first `maxListed` of each kind. */
export class FeatureDifferences {
  readonly #maxListed: number;
  readonly #added: Feature[] = [];
  readonly #removed: Feature[] = [];
  readonly #changed: FeatureChange[] = [];
  readonly #unlisted = { added: 0, removed: 0, changed: 0 };
  #unchangedCount = 0;
  #passingToFailing = 0;
  #failingToPassing = 0;

  constructor(maxListed: number) {
    this.#maxListed = maxListed;
  }

  addAdded(feature: () => Feature): void {
    if (this.#added.length < this.#maxListed) this.#added.push(feature());
    else this.#unlisted.added += 1;
  }

  addRemoved(feature: () => Feature): void {
    if (this.#removed.length < this.#maxListed) this.#removed.push(feature());
    else this.#unlisted.removed += 1;
  }

  addUnchanged(): void {
    this.#unchangedCount += 1;
  }

  /** Undefined: the two are the same. */
  addPair(change: FeatureChange | undefined): void {
    if (change === undefined) {
      this.addUnchanged();
      return;
    }
    if (changesPassesTo(change, false)) this.#passingToFailing += 1;
    if (changesPassesTo(change, true)) this.#failingToPassing += 1;
    if (this.#changed.length < this.#maxListed) this.#changed.push(change);
    else this.#unlisted.changed += 1;
  }

  result(): FeatureComparison {
    const { added, removed, changed } = this.#unlisted;
    return {
      added: this.#added,
      removed: this.#removed,
      changed: this.#changed,
      unchangedCount: this.#unchangedCount,
      passingToFailing: this.#passingToFailing,
      failingToPassing: this.#failingToPassing,
      ...(added + removed + changed > 0 && { unlisted: { added, removed, changed } }),
    };
  }
}

/** The numbers of differences, whether listed or not. */
export function countDifferences({ added, removed, changed, unlisted }: FeatureComparison): DifferenceCounts {
  return {
    added: added.length + (unlisted?.added ?? 0),
    removed: removed.length + (unlisted?.removed ?? 0),
    changed: changed.length + (unlisted?.changed ?? 0),
  };
}

const FIELDS: readonly FieldChange['field'][] = [
  'priority',
  'category',
  'name',
  'description',
  'steps',
  'passes',
  'inProgress',
  'dependencies',
  'needsHumanInput',
  'humanInputRequest',
  'humanInputResponse',
];

/** Undefined if both are the same. */
export function compareOne(before: Feature, after: Feature): FeatureChange | undefined {
  const changes = FIELDS.filter((field) => !isSame(before[field], after[field])).map((field) => ({
    field,
    before: before[field],
    after: after[field],
  }));
  return changes.length === 0 ? undefined : { id: after.id, name: after.name, changes };
}

function isSame(left: Feature[keyof Feature], right: Feature[keyof Feature]): boolean {
  if (!isList(left) || !isList(right)) return left === right;
  return left.length === right.length && left.every((item, index) => item === right[index]);
}

function isList(value: Feature[keyof Feature]): value is readonly string[] | readonly number[] {
  return Array.isArray(value);
}

function changesPassesTo({ changes }: FeatureChange, passing: boolean): boolean {
  return changes.some(({ field, after }) => field === 'passes' && after === passing);
}

function byId(features: readonly Feature[]): ReadonlyMap<number, Feature> {
  return new Map(features.map((feature) => [feature.id, feature]));
}

function inOrder(features: readonly Feature[]): readonly Feature[] {
  return [...features].sort((left, right) => left.id - right.id);
}
