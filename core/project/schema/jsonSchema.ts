import type { JsonSchema, Properties, Property, Schema } from './schema.js';

const USER_ONLY = "Valid only in your user configuration file, because a project's file may come from somebody else.";

/** Describes an object with these properties to editors. */
export function objectSchema(properties: Properties, context: SchemaContext = {}): JsonSchema {
  const entries = Object.entries(properties);
  const required = entries.filter(([, { isRequired }]) => isRequired === true).map(([key]) => key);
  return {
    type: 'object',
    additionalProperties: false,
    ...(required.length > 0 && { required }),
    properties: Object.fromEntries(entries.map(([key, property]) => [key, propertySchema(property, context)])),
  };
}

/** A section inside an entry has no defaults: missing keys are those of the project. */
interface SchemaContext {
  readonly isInEntry?: boolean;
  readonly hasDefaults?: boolean;
}

function propertySchema(property: Property, { isInEntry = false, hasDefaults = true }: SchemaContext): JsonSchema {
  const { schema, description, isUserOnly } = property;
  const isSection = schema.kind === 'section';
  return {
    description: isUserOnly === true ? `${description} ${USER_ONLY}` : description,
    ...(hasDefaults && !isSection && property.default !== undefined && { default: property.default }),
    ...schemaOf(schema, { isInEntry, hasDefaults: !(isSection && isInEntry) }),
  };
}

function schemaOf(schema: Schema, context: SchemaContext): JsonSchema {
  switch (schema.kind) {
    case 'value':
      return schema.json();
    case 'list':
      return {
        type: 'array',
        ...(schema.ifEmpty !== undefined && { minItems: 1 }),
        items: schemaOf(schema.item, context),
      };
    case 'entry':
      return schema.rules.reduce<JsonSchema>(
        (keywords, { json }) => ({ ...keywords, ...json() }),
        objectSchema(schema.properties, { isInEntry: true }),
      );
    case 'section':
      return objectSchema(schema.properties, context);
  }
}
