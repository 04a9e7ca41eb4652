import type { Complete, Layer, Properties, Values } from './schema.js';

/** The configuration that no layer changes. */
export function defaultsOf<P extends Properties>(properties: P): Complete<P> {
  return defaults(properties) as Complete<P>;
}

/** Adds a layer: each setting that it does not contain remains as it is. */
export function addLayer<P extends Properties>(properties: P, below: Complete<P>, above: Layer<P>): Complete<P> {
  return mergeLayer(properties, below, above) as Complete<P>;
}

function defaults(properties: Properties): Values {
  return Object.fromEntries(
    Object.entries(properties).map(([key, property]) => [
      key,
      property.schema.kind === 'section' ? defaults(property.schema.properties) : property.default,
    ]),
  );
}

function mergeLayer(properties: Properties, below: Values, above: Values): Values {
  return Object.fromEntries(
    Object.entries(properties).map(([key, { schema }]) => [
      key,
      schema.kind === 'section'
        ? mergeLayer(schema.properties, below[key] as Values, (above[key] ?? {}) as Values)
        : (above[key] ?? below[key]),
    ]),
  );
}
