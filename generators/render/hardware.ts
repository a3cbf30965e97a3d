import type { Instance } from '../instances/instances.ts';
import type { Cuda, Server } from '../kinds.ts';
import type { ModelFacts, Wanted } from '../models/facts.ts';
import { fit, smallestFitting } from '../models/fit.ts';
import { capability, type Meeting, warningsOn, whyNotOn } from '../models/gpu-rules.ts';
import { parseModelName } from '../models/names.ts';
import { possibleSplits, splitOver } from '../models/split.ts';
import { type Problem, shown, UsageError } from '../settings/problems.ts';
import type { Settings } from '../settings/schema.ts';

/** How a model and an image go together with the GPUs of an instance. */
export interface Hardware {
  readonly warnings: readonly string[];
  /** What each GPU has to hold, line by line; none where that is not known. */
  readonly sum: readonly string[];
  /** What nobody gave, and follows. */
  readonly settings: Pick<Settings, 'maxModelLen' | 'tensorParallel' | 'dtype'>;
  /** Other variables of the container that follow. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A shorter one is of little use: better to say that the instance is too small. */
const shortestOfUse = 2048;

/** Throws UsageError when they cannot go together. */
export function checkHardware(
  settings: Settings,
  server: Server,
  instance: Instance,
  cuda: Cuda | undefined,
  looked: ModelFacts = { warnings: [] },
): Hardware {
  // What it is served for, whatever its files tell.
  const facts = settings.task ? { ...looked, task: settings.task } : looked;
  const { config } = facts;
  const { able, environment: told = {} } = server;
  const given = { instance, config, cuda, methods: server.quantizations, able };
  const spread = told.tensorParallel ? spreadOf({ ...given, wanted: settings }) : undefined;
  const dtype = told.dtype ? typeOf({ ...given, wanted: settings }) : undefined;
  const wanted: Wanted = {
    ...(told.tensorParallel ? settings : { tensorParallel: 1 }),
    ...spread?.settings,
    ...dtype?.settings,
  };
  const meeting = { ...given, wanted };
  const objections = whyNotOn(meeting);
  if (objections.length)
    throw new UsageError(objections.map(({ setting, message }) => blamed(setting, message)));

  const elsewhere = { ...wanted, tensorParallel: told.tensorParallel ? settings.tensorParallel : 1 };
  const fitting = () => smallestFitting(facts, elsewhere, meeting);
  const warnings = [...warningsOn(meeting), ...(dtype?.notes ?? []), ...(spread?.notes(fitting) ?? [])];
  const chosen = { ...spread?.settings, ...dtype?.settings };
  const made = { settings: chosen, ...(spread?.environment && { environment: spread.environment }) };
  const found = fit(facts, instance, wanted);
  const isKnown = config ?? facts.weightsBytes ?? facts.parameters;
  const unknown = isKnown === undefined ? notLookedAt(settings) : found?.notChecked;
  if (
    found &&
    !found.fits &&
    (found.notChecked || found.longestFitting < shortestOfUse || settings.maxModelLen)
  )
    throw new UsageError([refusal(found.longestFitting, found.lines, found.notChecked !== undefined)]);
  if (!found || unknown || isKnown === undefined)
    return { ...made, warnings: [...warnings, ...(unknown ? [`fit not checked: ${unknown}`] : [])], sum: [] };

  const generates = (facts.task ?? 'text-generation') === 'text-generation';
  const tokens = found.fits ? found.tokens : found.longestFitting;
  const limited = { ...chosen, ...(generates && !settings.maxModelLen && { maxModelLen: tokens }) };
  if (found.fits) {
    const { contextLength, usualLength } = config ?? {};
    const usual =
      generates && usualLength && !settings.maxModelLen
        ? [
            `requests are limited to ${usualLength} tokens, prompt and answer together, as vLLM does where longer ones take another scaling of positions; up to ${contextLength} can be asked for by maxModelLen`,
          ]
        : [];
    return { ...made, settings: limited, warnings: [...warnings, ...usual], sum: found.lines };
  }
  const shorter = `requests of the model's full length do not fit on ${instance.type}, and are limited to ${tokens} tokens, prompt and answer together. ${others('It fits')} in full`;
  const shortened = fit(facts, instance, { ...wanted, maxModelLen: tokens });
  return { ...made, settings: limited, warnings: [...warnings, shorter], sum: shortened?.lines ?? [] };

  function others(fits: string): string {
    const types = fitting();
    return types.length ? `${fits} on ${types.join(', ')}` : 'No type that SageMaker offers can hold it';
  }

  function refusal(longest: number, lines: readonly string[], weightsOnly: boolean): Problem {
    const what = settings.maxModelLen && longest >= 1 && !weightsOnly ? `${longest} tokens would fit. ` : '';
    const why = weightsOnly ? 'the weights of the model alone do not fit' : 'the model does not fit';
    return `${blamed(what ? 'maxModelLen' : 'instanceType', `${why} on ${instance.type}:`)}\n${indented(lines)}\n  ${what}${others(weightsOnly ? 'They fit' : 'It fits')}`;
  }

  function blamed(setting: keyof Settings, message: string): Problem {
    const value = setting === 'instanceType' ? instance.type : settings[setting];
    return value === undefined ? `${setting}: ${message}` : `${setting}: ${shown(value)}: ${message}`;
  }
}

interface Spread {
  readonly settings: Pick<Settings, 'tensorParallel'>;
  readonly environment?: Readonly<Record<string, string>>;
  /** `fitting` are types all of whose GPUs can be used. */
  readonly notes: (fitting: () => readonly string[]) => readonly string[];
}

/** Over how many GPUs the model is spread: as many as there are and can share it, where nobody says. */
function spreadOf({ instance, config, able, wanted }: Meeting): Spread {
  const { count } = instance.accelerator ?? {};
  if (!count) return { settings: {}, notes: () => [] };
  const asked = wanted.tensorParallel;
  const gpus = asked ?? (config ? (possibleSplits(count, config, able).at(-1) ?? 1) : count);
  const split = config && splitOver(gpus, config, able);
  const whole = split && 'wholeExperts' in split && split.wholeExperts;
  const idle = `${count - gpus} of the ${count} GPUs of ${instance.type} cost money and are not used`;
  const why = asked === undefined && config ? splitOver(count, config, able) : undefined;
  const because = why && 'why' in why ? `: ${why.why}` : '';
  return {
    settings: asked === undefined && gpus < count ? { tensorParallel: gpus } : {},
    ...(whole && able?.wholeExperts && { environment: able.wholeExperts(gpus) }),
    notes: (fitting) => {
      const others = because ? fitting().filter((type) => type !== instance.type) : [];
      const better = others.length ? `. All GPUs are used on ${others.join(', ')}` : '';
      return [
        ...(gpus < count ? [`${idle}${because}${better}`] : []),
        ...(whole
          ? [`each of the ${gpus} GPUs holds some of the experts whole, since they cannot be cut so finely`]
          : []),
      ];
    },
  };
}

/** float32 where neither of the types of 16 bits will do. */
function typeOf({ instance, config, able, wanted }: Meeting) {
  const { types = [], reason } = able?.notInFloat16 ?? {};
  const capable = capability(instance) ?? 8;
  if ((wanted.dtype ?? 'auto') !== 'auto' || capable >= 8 || !config || !types.includes(config.type))
    return undefined;
  return {
    settings: { dtype: 'float32' } as const,
    notes: [
      `the ${instance.accelerator?.name} of ${instance.type} cannot calculate with bfloat16, and models of the type ${config.type} are not served in float16 (${reason}): it is served in float32, which takes twice the memory and is slower`,
    ],
  };
}

/** Why nothing is known of the model, where that is not said elsewhere. */
function notLookedAt({ modelName }: Settings): string | undefined {
  const name = modelName === undefined ? undefined : parseModelName(modelName);
  return name && 'kind' in name && name.kind === 's3'
    ? 'a model in S3 is not looked at when a project is made'
    : undefined;
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `    ${line}`).join('\n');
}
