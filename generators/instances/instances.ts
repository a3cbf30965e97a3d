import { type Accelerator, families } from './catalog.ts';

/** An instance type and what follows from it for an image. */
export interface Instance {
  /** Such as ml.m5.large. */
  readonly type: string;
  /** What the image must be built for: on another architecture it ends in "exec format error". */
  readonly platform: 'linux/amd64' | 'linux/arm64';
  /** The same in the words of EC2 and `uname -m`. */
  readonly arch: 'x86_64' | 'arm64';
  /** By the catalog, else by the name. */
  readonly hasAccelerator: boolean;
  /** Facts of the accelerators, of types in the catalog. */
  readonly accelerator?: Accelerator & { readonly count: number };
  /** Virtual CPUs, of types in the catalog. */
  readonly vCPU?: number;
  /** In GiB as EC2 reports it, of types in the catalog. SageMaker's own agents take a little of it. */
  readonly memoryGiB?: number;
  /** Local NVMe storage in GB, of types in the catalog that have it: SageMaker refuses a volume size for them. */
  readonly localStorageGB?: number;
}

const pattern = /^ml\.([a-z]+)(\d+)((?:[a-z-][a-z0-9-]*)?)\.((?:\d+)?(?:medium|large|xlarge)|metal)$/;

/** Whether a text is an instance type by its form, whatever SageMaker offers. */
export function isInstanceType(text: string): boolean {
  return pattern.test(text);
}

/**
 * Describes a type; one that SageMaker does not offer for hosting comes with a warning.
 * A text that `isInstanceType` refuses is a RangeError.
 */
export function describeInstance(type: string): { instance: Instance; warning?: string } {
  const { family, size } = parts(type);
  const known = families[family];
  const [vCPU, memoryGiB, count, localStorageGB] = known?.sizes[size] ?? [];
  const arch = archOf(type);
  const instance: Instance = {
    type,
    platform: arch === 'arm64' ? 'linux/arm64' : 'linux/amd64',
    arch,
    hasAccelerator: isAccelerated(type),
    ...(known?.accelerator && count && { accelerator: { ...known.accelerator, count } }),
    ...(vCPU && memoryGiB && { vCPU, memoryGiB }),
    ...(localStorageGB && { localStorageGB }),
  };
  if (vCPU) return { instance };
  const warning =
    `${type} is not among the types that SageMaker offers for hosting, as far as this version knows; the nearest is ` +
    `${nearestInstanceType(type)}. Unless SageMaker has added it since, the endpoint cannot be created`;
  return { instance, warning };
}

/** All types that SageMaker offers for hosting, as far as this version knows. */
export const offered: readonly string[] = Object.entries(families).flatMap(([family, { sizes }]) =>
  Object.keys(sizes).map((size) => `ml.${family}.${size}`),
);

/**
 * The type that SageMaker offers which is most like another one: architecture, series, generation, attribute letters,
 * then size. Where no such series is offered (t4g has no Graviton t), the generation decides. What has no accelerator
 * never comes back with one, whose price would surprise; the reverse does happen, as with g5g.
 */
export function nearestInstanceType(type: string): string {
  const ranked = offered.map((other) => ({ other, distance: distanceBetween(type, other) }));
  return ranked.reduce((best, next) => (next.distance < best.distance ? next : best)).other;
}

/**
 * The type of the other architecture that is most like one that SageMaker offers, with the same CPUs and memory; undefined
 * where there is none, as for those with accelerators.
 */
export function counterpart({ type, arch, vCPU, memoryGiB, hasAccelerator }: Instance): Instance | undefined {
  if (hasAccelerator || !vCPU) return undefined;
  const alike = offered
    .map((other) => describeInstance(other).instance)
    .filter((one) => one.arch !== arch && !one.hasAccelerator)
    .filter((one) => one.vCPU === vCPU && one.memoryGiB === memoryGiB);
  const ranked = alike.map((one) => ({ one, distance: distanceBetween(type, one.type) }));
  return ranked.sort((a, b) => a.distance - b.distance)[0]?.one;
}

/**
 * Types on which runs what runs on this one, the smallest and then the most alike first: of its architecture, with accelerators of its kind, as
 * many and as good, at least its CPUs and memory, at most four times the CPUs, and a disk of their own where it has one.
 * None for a type that is not in the catalog.
 */
export function standIns({ type, arch, accelerator, vCPU, memoryGiB, localStorageGB }: Instance): Instance[] {
  if (!vCPU || !memoryGiB) return [];
  const others = offered
    .filter((other) => other !== type)
    .map((other) => describeInstance(other).instance)
    .filter((other) => other.arch === arch && isAsGood(other.accelerator, accelerator))
    .filter((other) => !other.localStorageGB === !localStorageGB && (other.memoryGiB ?? 0) >= memoryGiB)
    .filter((other) => (other.vCPU ?? 0) >= vCPU && (other.vCPU ?? 0) <= 4 * vCPU);
  const order = ({ type: other, vCPU: count = 0 }: Instance) =>
    count * 100_000 + distanceBetween(type, other);
  return others.sort((one, next) => order(one) - order(next));
}

function isAsGood(one: Instance['accelerator'], other: Instance['accelerator']): boolean {
  if (!one || !other) return one === other;
  const capability = (of: typeof one) => Number(of.computeCapability ?? 0);
  return (
    one.kind === other.kind &&
    one.count === other.count &&
    one.memoryGiB >= other.memoryGiB &&
    capability(one) >= capability(other) &&
    one.neuronCores === other.neuronCores
  );
}

function distanceBetween(type: string, other: string): number {
  const [a, b] = [parts(type), parts(other)];
  const differing = [...new Set([...a.attributes, ...b.attributes])].filter(
    (letter) => a.attributes.includes(letter) !== b.attributes.includes(letter),
  );
  return (
    (archOf(type) === archOf(other) ? 0 : 10_000) +
    (isAccelerated(other) && !isAccelerated(type) ? 5_000 : 0) +
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

/** By the catalog, else by the name: a g after the generation means Graviton, -gb Grace, and all of series a are Arm. */
function archOf(type: string): Instance['arch'] {
  const { family, series, attributes } = parts(type);
  const arm = series === 'a' || /^[a-z0-9]*g|-gb/.test(attributes);
  return families[family]?.arch ?? (arm ? 'arm64' : 'x86_64');
}

function isAccelerated(type: string): boolean {
  const { family, series } = parts(type);
  const known = families[family];
  return known ? known.accelerator !== undefined : ['g', 'gr', 'p', 'inf', 'trn', 'dl'].includes(series);
}

function parts(type: string) {
  const match = pattern.exec(type);
  if (!match) throw new RangeError(`${type} is no instance type`);
  const [, series = '', generation = '', attributes = '', size = ''] = match;
  return {
    family: series + generation + attributes,
    series,
    generation: Number(generation),
    attributes,
    size,
  };
}
