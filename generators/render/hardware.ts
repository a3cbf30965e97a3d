import type { Instance } from '../instances/instances.ts';
import type { Cuda, Server } from '../kinds.ts';
import type { ModelFacts, Wanted } from '../models/facts.ts';
import { fit, smallestFitting } from '../models/fit.ts';
import { warningsOn, whyNotOn } from '../models/gpu-rules.ts';
import { type Problem, shown, UsageError } from '../settings/problems.ts';
import type { Settings } from '../settings/schema.ts';

/** How a model and an image go together with the GPUs of an instance. */
export interface Hardware {
  readonly warnings: readonly string[];
  /** What each GPU has to hold, line by line; none where that is not known. */
  readonly sum: readonly string[];
  /** The longest request in tokens, where the model's own limit does not fit and none was asked for. */
  readonly maxModelLen?: number;
}

/** A shorter one is of little use: better to say that the instance is too small. */
const shortestOfUse = 2048;

/** Throws UsageError when they cannot go together. */
export function checkHardware(
  settings: Settings,
  server: Server,
  instance: Instance,
  cuda: Cuda | undefined,
  facts: ModelFacts = { warnings: [] },
): Hardware {
  // A server that is not told over how many GPUs to spread a model uses one.
  const wanted: Wanted = server.environment?.tensorParallel ? settings : { tensorParallel: 1 };
  const meeting = { instance, config: facts.config, cuda, wanted, methods: server.quantizations };
  const objections = whyNotOn(meeting);
  if (objections.length)
    throw new UsageError(objections.map(({ setting, message }) => blamed(setting, message)));

  const idle = (instance.accelerator?.count ?? 0) - (wanted.tensorParallel ?? Number.POSITIVE_INFINITY);
  const unused = `${idle} of the ${instance.accelerator?.count} GPUs of ${instance.type} cost money and are not used`;
  const warnings = [...warningsOn(meeting), ...(idle > 0 ? [unused] : [])];
  const found = fit(facts, instance, wanted);
  if (!found || found.fits) return { warnings, sum: found?.lines ?? [] };

  const enough = smallestFitting(facts, wanted, { ...(cuda && { cuda }) });
  const others = enough.length
    ? `It fits on ${enough.join(', ')}`
    : 'No type that SageMaker offers can hold it';
  const { longestFitting } = found;
  if (settings.maxModelLen !== undefined || longestFitting < shortestOfUse) {
    const what = settings.maxModelLen && longestFitting >= 1 ? `${longestFitting} tokens would fit. ` : '';
    const setting = what ? 'maxModelLen' : 'instanceType';
    throw new UsageError([
      `${blamed(setting, `the model does not fit on ${instance.type}:`)}\n${indented(found.lines)}\n  ${what}${others}`,
    ]);
  }
  const shorter = `requests of the model's full length do not fit on ${instance.type}, and are limited to ${longestFitting} tokens, prompt and answer together. ${others} in full`;
  const shortened = fit(facts, instance, { ...wanted, maxModelLen: longestFitting });
  return { warnings: [...warnings, shorter], sum: shortened?.lines ?? [], maxModelLen: longestFitting };

  function blamed(setting: keyof Settings, message: string): Problem {
    const value = setting === 'instanceType' ? instance.type : settings[setting];
    return value === undefined ? `${setting}: ${message}` : `${setting}: ${shown(value)}: ${message}`;
  }
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `    ${line}`).join('\n');
}
