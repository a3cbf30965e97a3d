import { AwsError, invalid } from './errors.ts';
import { type Api, type Shape, shapeOf } from './model.ts';

/** Refuses the input of an operation that the API's model does not allow, in AWS's words. */
export function validate(api: Api, operation: string, input: unknown): void {
  const { input: shape } = api.operations[operation] ?? {};
  if (!shape) throw new RangeError(`no operation ${operation}`);
  const found = [...violations(api, shape, input, [])];
  if (!found.length) return;
  const count = found.length === 1 ? '1 validation error' : `${found.length} validation errors`;
  throw invalid(`${count} detected: ${found.join('; ')}`);
}

/** What keeps a value from being one of that shape, each in a sentence of AWS's; an unknown member is ignored, as there. */
function* violations(api: Api, name: string, value: unknown, at: readonly string[]): Generator<string> {
  const shape = shapeOf(api, name);
  const wrong = unfit(shape, value);
  // AWS cannot read the rest of the request then.
  if (wrong) throw new AwsError('SerializationException', wrong);
  for (const { words } of broken(shape, value)) yield sentence(value, at, words);
  if (shape.type === 'structure') yield* ofMembers(api, shape, value as object, at);
  if (shape.type === 'list')
    for (const [index, one] of (value as unknown[]).entries())
      yield* violations(api, shape.member as string, one, [...at, String(index + 1), 'member']);
  if (shape.type === 'map') yield* ofEntries(api, shape, value as object, at);
}

function* ofMembers(api: Api, shape: Shape, value: object, at: readonly string[]): Generator<string> {
  const given = new Map(Object.entries(value).filter(([, one]) => one !== null && one !== undefined));
  for (const name of shape.required ?? [])
    if (!given.has(name)) yield sentence(null, [...at, camel(name)], 'Member must not be null');
  for (const [name, member] of Object.entries(shape.members ?? {}))
    if (given.has(name)) yield* violations(api, member, given.get(name), [...at, camel(name)]);
}

function* ofEntries(api: Api, shape: Shape, map: object, at: readonly string[]): Generator<string> {
  const kinds = [
    ['keys', shape.key, Object.keys(map)],
    ['value', shape.value, Object.values(map)],
  ] as const;
  for (const [kind, name, values] of kinds) {
    const part = shapeOf(api, name as string);
    const wrong = values.map((one) => unfit(part, one)).find(Boolean);
    if (wrong) throw new AwsError('SerializationException', wrong);
    const all = rulesOf(part).map(({ words }) => words);
    if (values.some((one) => broken(part, one).length))
      yield sentence(map, at, `Map ${kind} must satisfy constraint: [${all.join(', ')}]`);
  }
}

/** Why a value is of another type than the shape, in the words of AWS's own reader of JSON; empty: it is not. */
function unfit({ type }: Shape, value: unknown): string {
  const is = Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value;
  const wanted = {
    structure: 'object',
    map: 'object',
    list: 'list',
    string: 'string',
    blob: 'string',
    boolean: 'boolean',
    integer: 'number',
    float: 'number',
    timestamp: 'number',
  }[type];
  if (is === wanted) return type === 'integer' && !Number.isInteger(value) ? `${value} is no Integer` : '';
  const token = { list: 'START_ARRAY', object: 'START_OBJECT', null: 'NULL_VALUE' }[is as string];
  return `${token ?? `${is.toUpperCase()}_VALUE`} can not be converted to a ${type[0]?.toUpperCase()}${type.slice(1)}`;
}

interface Rule {
  readonly words: string;
  isKept(value: unknown): boolean;
}

/** The limits of a shape itself, not of its parts. */
function rulesOf({ type, min, max, pattern, enum: allowed }: Shape): Rule[] {
  const measured = type === 'integer' || type === 'float' ? 'value' : 'length';
  const rules: Rule[] = [];
  const rule = (words: string, isKept: Rule['isKept']) =>
    rules.push({ words: `Member must ${words}`, isKept });
  if (max !== undefined)
    rule(`have ${measured} less than or equal to ${max}`, (value) => sizeOf(value) <= max);
  if (min !== undefined)
    rule(`have ${measured} greater than or equal to ${min}`, (value) => sizeOf(value) >= min);
  if (pattern !== undefined) {
    const whole = new RegExp(`^(?:${pattern})$`, 'u');
    rule(`satisfy regular expression pattern: ${pattern}`, (value) => whole.test(value as string));
  }
  if (allowed)
    rule(`satisfy enum value set: [${allowed.join(', ')}]`, (value) => allowed.includes(value as string));
  // How large a body may be depends on the kind of invocation.
  return type === 'blob' ? [] : rules;
}

/** Which of its own rules a value breaks. */
const broken = (shape: Shape, value: unknown) => rulesOf(shape).filter(({ isKept }) => !isKept(value));

function sizeOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return [...value].length;
  return typeof value === 'object' && value ? Object.keys(value).length : 0;
}

const sentence = (value: unknown, at: readonly string[], constraint: string) =>
  `Value ${value === null ? 'null' : `'${asJava(value)}'`} at '${at.join('.')}' failed to satisfy constraint: ${constraint}`;

/** As Java prints lists and maps. */
function asJava(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(asJava).join(', ')}]`;
  if (typeof value !== 'object' || !value) return String(value);
  return `{${Object.entries(value)
    .map(([key, one]) => `${key}=${asJava(one)}`)
    .join(', ')}}`;
}

const camel = (name: string) => `${name[0]?.toLowerCase()}${name.slice(1)}`;
