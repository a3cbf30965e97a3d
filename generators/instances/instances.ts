import { type Accelerator, families } from './catalog.ts';

/** An instance type and what follows from it for an image. */
export interface Instance {
  /** Such as ml.m5.large. */
  readonly type: string;
  /** What the image must be built for: on another architecture it ends in "exec format error". */
  readonly platform: 'linux/amd64' | 'linux/arm64';
  readonly hasAccelerator: boolean;
  /** Facts of the accelerators, of types in the catalog. */
  readonly accelerator?: Accelerator & { readonly count: number };
}

const pattern = /^ml\.([a-z]+)(\d+)([a-z0-9-]*)\.((?:\d+)?(?:medium|large|xlarge)|metal)$/;

/** Whether a text is an instance type by its form, whatever SageMaker offers. */
export function isInstanceType(text: string): boolean {
  return pattern.test(text);
}

/** Describes a type; one that SageMaker does not offer for hosting comes with a warning. */
export function describeInstance(type: string): { instance: Instance; warning?: string } {
  const { family, size, series } = parts(type);
  const known = families[family];
  const count = known?.sizes[size]?.[2];
  const instance: Instance = {
    type,
    platform: archOf(type) === 'arm64' ? 'linux/arm64' : 'linux/amd64',
    hasAccelerator: known ? known.accelerator !== undefined : ['g', 'p', 'inf', 'trn', 'dl'].includes(series),
    ...(known?.accelerator && count && { accelerator: { ...known.accelerator, count } }),
  };
  if (known?.sizes[size]) return { instance };
  const warning =
    `${type} is not among the types that SageMaker offers for hosting, as far as this version knows; the nearest is ` +
    `${nearestInstanceType(type)}. Unless SageMaker has added it since, the endpoint cannot be created`;
  return { instance, warning };
}

/** The type that SageMaker offers which is most like another one: architecture, series, generation, then size. */
export function nearestInstanceType(type: string): string {
  const offered = Object.entries(families).flatMap(([family, { sizes }]) =>
    Object.keys(sizes).map((size) => `ml.${family}.${size}`),
  );
  const ranked = offered.map((other) => ({ other, distance: distanceBetween(type, other) }));
  return ranked.reduce((best, next) => (next.distance < best.distance ? next : best)).other;
}

function distanceBetween(type: string, other: string): number {
  const [a, b] = [parts(type), parts(other)];
  const differing = [...new Set([...a.attributes, ...b.attributes])].filter(
    (letter) => a.attributes.includes(letter) !== b.attributes.includes(letter),
  );
  return (
    (archOf(type) === archOf(other) ? 0 : 10_000) +
    (a.series === b.series ? 0 : 1_000) +
    Math.abs(a.generation - b.generation) * 50 +
    differing.length * 10 +
    Math.abs(Math.log2(weight(a.size) / weight(b.size)))
  );
}

/** In EC2's own measure, by which an xlarge has eight units and an 8xlarge eight times that. */
function weight(size: string): number {
  const units: Record<string, number> = { medium: 2, large: 4, xlarge: 8, metal: 256 };
  const [, times = '', unit = ''] = /^(\d*)([a-z]+)$/.exec(size) ?? [];
  return Number(times || 1) * (units[unit] ?? 8);
}

/** By the catalog, else by the name: a g after the generation means Graviton, as do all of series a. */
function archOf(type: string): 'x86_64' | 'arm64' {
  const { family, series, attributes } = parts(type);
  return (
    families[family]?.arch ?? (series === 'a' || attributes.split('-')[0]?.includes('g') ? 'arm64' : 'x86_64')
  );
}

function parts(type: string) {
  const [, series = '', generation = '', attributes = '', size = ''] = pattern.exec(type) ?? [];
  return {
    family: series + generation + attributes,
    series,
    generation: Number(generation),
    attributes,
    size,
  };
}
