import { z } from 'zod';
import { descriptions } from './descriptions.ts';
import { type Key, settingsSchema } from './schema.ts';

/** JSON Schema of the config files, for editors: `"$schema"` in a config file may point to it. */
export function configJsonSchema(): object {
  const keyOf = new Map(
    Object.entries(settingsSchema.shape).map(([key, schema]) => [schema as z.core.$ZodType, key as Key]),
  );
  return z.toJSONSchema(settingsSchema.partial().extend({ $schema: z.string().optional() }), {
    io: 'input',
    target: 'draft-07',
    override: ({ zodSchema, jsonSchema }) => {
      const key = keyOf.get(zodSchema);
      if (key)
        jsonSchema.description = `${descriptions[key].text}. Default: ${descriptions[key].fallbackText}`;
    },
  });
}
