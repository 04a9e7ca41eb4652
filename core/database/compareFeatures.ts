import type { Feature, FeatureChange, FeatureComparison, FieldChange } from './feature.js';

/** The changes from one set of features to another, field by field. */
export function compareFeatures(before: readonly Feature[], after: readonly Feature[]): FeatureComparison {
  const earlier = byId(before);
  const later = byId(after);
  const inBoth = inOrder([...later.values()].filter(({ id }) => earlier.has(id)));
  const changed = inBoth.flatMap((feature) => compareOne(earlier.get(feature.id), feature) ?? []);
  return {
    added: inOrder([...later.values()].filter(({ id }) => !earlier.has(id))),
    removed: inOrder([...earlier.values()].filter(({ id }) => !later.has(id))),
    changed,
    unchangedCount: inBoth.length - changed.length,
    passingToFailing: changed.filter(changesPassesTo(false)).length,
    failingToPassing: changed.filter(changesPassesTo(true)).length,
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

function compareOne(before: Feature | undefined, after: Feature): FeatureChange | undefined {
  if (before === undefined) return undefined;
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

function changesPassesTo(passing: boolean): (change: FeatureChange) => boolean {
  return ({ changes }) => changes.some(({ field, after }) => field === 'passes' && after === passing);
}

function byId(features: readonly Feature[]): ReadonlyMap<number, Feature> {
  return new Map(features.map((feature) => [feature.id, feature]));
}

function inOrder(features: readonly Feature[]): readonly Feature[] {
  return [...features].sort((left, right) => left.id - right.id);
}
