import { extend, optional, partial, string, toJSONSchema } from 'zod/mini';
import { descriptions, keys } from './descriptions.ts';
import { settingsSchema } from './schema.ts';

/** JSON Schema of the config files, for editors: `"$schema"` in a config file may point to it. */
export function configJsonSchema(): object {
  const file = extend(partial(settingsSchema), { $schema: optional(string()) });
  const { properties, ...rest } = toJSONSchema(file, { target: 'draft-7', io: 'input' });
  const described = keys.map((key) => {
    const { text, fallbackText } = descriptions[key];
    return [key, { ...Object(properties?.[key]), description: `${text}. Default: ${fallbackText}` }];
  });
  return { ...rest, properties: { ...Object.fromEntries(described), $schema: properties?.$schema } };
}
