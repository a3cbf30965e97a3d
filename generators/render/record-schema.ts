import * as z from 'zod/mini';
import type { KnownModel } from '../models/facts.ts';
import { taskNames } from '../models/tasks.ts';
import { plainName } from '../settings/model-path.ts';
import type { ProjectRecord } from './record.ts';
import { isInside } from './ways.ts';

/**
 * What a record may hold. What later versions record besides is left out. A function, as few runs read one.
 */
export function recordSchema(): z.ZodMiniType<ProjectRecord> {
  const optional = z.exactOptional;
  const count = z.number().check(z.gte(0));
  const word = z.string().check(z.regex(/^[\w-]{1,40}$/));
  const id = z.string().check(z.regex(/^[0-9a-f]{40}$/));

  const moduleFile = z.string().check(z.regex(/^\w+\.py$/));

  const path = z.string().check(z.refine(isInside));

  /** Its numbers become limits and arguments in scripts, its words part of what is said of the model. */
  const config = z.object({
    type: z.string(),
    unknownType: optional(z.boolean()),
    hasOtherParts: z.boolean(),
    encodesAndDecodes: optional(z.boolean()),
    output: z.enum(['none', 'tied', 'own']),
    hiddenSize: optional(count),
    layers: optional(count),
    heads: optional(count),
    kvHeads: optional(count),
    headDim: optional(count),
    intermediateSize: optional(count),
    vocabSize: optional(count),
    embeddingSize: optional(count),
    mlpMatrices: z.literal([2, 3]),
    learnedPositions: count,
    contextLength: optional(count),
    usualLength: optional(count),
    dtype: optional(word),
    quantized: optional(
      z.object({
        method: word,
        bits: optional(count),
        keepsAttention: z.boolean(),
        block: optional(count),
        group: optional(count),
      }),
    ),
    experts: optional(z.object({ count, size: count, sharedSize: count, layers: count })),
    latent: optional(
      z.object({
        kvRank: count,
        ropeDim: count,
        nopeDim: count,
        valueDim: count,
        queryRank: optional(count),
      }),
    ),
    linear: optional(z.object({ layers: count, parameters: count })),
    cache: z.union([
      z.array(
        z.object({
          layers: count,
          heads: optional(count),
          numbers: count,
          window: optional(count),
          state: optional(count),
        }),
      ),
      z.object({ unknown: z.string() }),
    ]),
  });

  /** Of a schema, which the server reads. */
  const column = z.object({ name: optional(z.string()), type: z.string(), required: z.boolean() });

  /** Its file is rendered into Python and Markdown, its task names folders of templates. */
  const model: z.ZodMiniType<KnownModel> = z.object({
    answers: z.record(z.string(), z.string()),
    modelFile: path.check(z.refine((file) => file.split('/').every((part) => plainName.test(part)))),
    facts: z.object({
      task: optional(z.enum(taskNames)),
      config: optional(config),
      parameters: optional(count),
      packed: optional(word),
      ownCode: optional(
        z.object({ type: z.string(), model: z.array(moduleFile), tokenizer: z.array(moduleFile) }),
      ),
      weightsBytes: optional(count),
      adapters: optional(z.object({ count, rank: count })),
      columns: optional(z.array(column)),
      hasSchema: optional(z.boolean()),
    }),
  });

  return z.object({
    generator: z.string(),
    files: z.record(path, id),
    bases: optional(z.record(z.string(), z.string())),
    beside: optional(z.record(path.check(z.regex(/\.new(\.\d+)?$/)), id)),
    model: optional(model),
  });
}
