import { toJsonSchema } from '@valibot/to-json-schema';
import { optional, partial, strictObject, string } from 'valibot';
import { descriptions, keys } from './descriptions.ts';
import { settingsSchema } from './schema.ts';

/** JSON Schema of the config files, for editors: `"$schema"` in a config file may point to it. */
export function configJsonSchema(): object {
  const file = strictObject({ ...partial(settingsSchema).entries, $schema: optional(string()) });
  const { properties, ...rest } = toJsonSchema(file, {
    target: 'draft-07',
    // What a function checks has no pattern.
    ignoreActions: ['check'],
    // Patterns there are read as with the flag u, which is the only one that ours have.
    overrideAction: ({ valibotAction, jsonSchema }) =>
      'requirement' in valibotAction && valibotAction.requirement instanceof RegExp
        ? { ...jsonSchema, pattern: valibotAction.requirement.source }
        : undefined,
  });
  const described = keys.map((key) => {
    const { text, fallbackText } = descriptions[key];
    return [key, { ...Object(properties?.[key]), description: `${text}. Default: ${fallbackText}` }];
  });
  return { ...rest, properties: { ...Object.fromEntries(described), $schema: properties?.$schema } };
}
