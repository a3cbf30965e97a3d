// SageMaker's API as botocore describes it, by scripts/sagemaker-api.py.
import recorded from './sagemaker.json' with { type: 'json' };

export interface Shape {
  readonly type:
    | 'structure'
    | 'list'
    | 'map'
    | 'string'
    | 'integer'
    | 'float'
    | 'boolean'
    | 'timestamp'
    | 'blob';
  readonly required?: readonly string[];
  /** By name, the names of their shapes. */
  readonly members?: Readonly<Record<string, string>>;
  /** Of members that travel in a header, its name in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly member?: string;
  readonly key?: string;
  readonly value?: string;
  readonly enum?: readonly string[];
  /** For the whole text. */
  readonly pattern?: string;
  /** Of a text its length, of a list or a map the number of its members, of a number itself. */
  readonly min?: number;
  readonly max?: number;
}

export interface Api {
  readonly operations: Readonly<Record<string, { readonly input: string; readonly output?: string }>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

/** What is called by `X-Amz-Target: SageMaker.…`. */
export const control = recorded.sagemaker as Api;
/** What is called by paths below /endpoints. */
export const runtime = recorded['sagemaker-runtime'] as Api;

export function shapeOf(api: Api, name: string): Shape {
  const shape = api.shapes[name];
  if (!shape) throw new RangeError(`no shape ${name}`);
  return shape;
}
