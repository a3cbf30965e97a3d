import { nullable, optional, partial, strictObject, string, toJSONSchema } from 'zod/mini';
import { descriptions, keys, mayBeEmpty } from './descriptions.ts';
import { schemaOf, settingsSchema } from './schema.ts';

/** JSON Schema of the config files, for editors: `"$schema"` in a config file may point to it. */
export function configJsonSchema(): object {
  // Where somebody was asked and gave nothing, files hold null.
  const mayBeNull = keys.filter(mayBeEmpty);
  const settings = {
    ...partial(settingsSchema).shape,
    ...Object.fromEntries(mayBeNull.map((key) => [key, optional(nullable(schemaOf(key)))])),
  };
  const file = strictObject({ ...settings, $schema: optional(string()) });
  const { properties, ...rest } = toJSONSchema(file, { target: 'draft-7', io: 'input' });
  const described = keys.map((key) => {
    const { text, fallbackText } = descriptions[key];
    return [key, { ...Object(properties?.[key]), description: `${text}. Default: ${fallbackText}` }];
  });
  return { ...rest, properties: { ...Object.fromEntries(described), $schema: properties?.$schema } };
}
