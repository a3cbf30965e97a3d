import type { Instance } from '../instances/instances.ts';
import type { Cuda } from '../kinds.ts';
import type { ModelFacts, Wanted } from './facts.ts';
import { fit, smallestFitting } from './fit.ts';

/** What to say of a model that does not fit: the sum, and ways out. Undefined when it fits, or nothing can be told. */
export function whyNotFitting(
  facts: ModelFacts,
  instance: Instance,
  wanted: Wanted,
  image: { readonly cuda?: Cuda },
): string | undefined {
  const found = fit(facts, instance, wanted);
  if (!found || found.fits) return undefined;
  const types = smallestFitting(facts, wanted, image);
  const { longestFitting } = found;
  return [
    `the model does not fit ${instance.type}:`,
    ...found.lines.map((line) => `    ${line}`),
    longestFitting
      ? `  With maxModelLen=${longestFitting} it does.`
      : '  The weights alone leave no room for requests.',
    types.length
      ? `  The smallest types on which it fits as it is: ${types.join(', ')}.`
      : '  No type that SageMaker offers has the memory for it as it is.',
  ].join('\n');
}
