import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readSmallFile } from '../settings/small-file.ts';
import { isObject } from './json.ts';
import { neededOf } from './needed.ts';
import { bits, summed } from './number-types.ts';

/** What the files of a model's weights hold. */
export interface Weights {
  readonly bytes: number;
  /** Numbers in tensors: packed ones, in quantised models, count as one. Absent for files that are not safetensors. */
  readonly parameters?: number;
  /** Bytes by the type of the numbers. Absent for files that are not safetensors. */
  readonly types?: Readonly<Record<string, number>>;
}

/** As in the safetensors library: a longer header is refused. */
const longestHeader = 100_000_000;

const plainName = /^[\w][\w.-]*\.safetensors$/;
const pickleName = /^pytorch_model[\w.-]*\.bin$/;

/**
 * Reads the headers of the safetensors files in a folder, and nothing of the weights; undefined when it holds no
 * weights. Throws an Error that says which file is wrong, and how.
 */
export function weightsIn(folder: string): Weights | undefined {
  const files = safetensorsIn(folder);
  if (!files.length) return picklesIn(folder);
  const all = files.map((file) => ofFile(folder, file));
  return {
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    parameters: all.reduce((sum, { parameters }) => sum + parameters, 0),
    types: summed(all.map(({ types }) => types)),
  };
}

/** Those that the index names; else the one that transformers looks for; else all, such as those of other tools. */
function safetensorsIn(folder: string): readonly string[] {
  const index = 'model.safetensors.index.json';
  if (existsSync(join(folder, 'model.safetensors'))) return ['model.safetensors'];
  if (!existsSync(join(folder, index)))
    return neededOf(readdirSync(folder)).filter((file) => plainName.test(file));
  return namedIn(folder, index, plainName, 'safetensors file');
}

/** The files that an index names, all of which are there. */
function namedIn(folder: string, index: string, name: RegExp, kind: string): readonly string[] {
  const json = parsed(index, String(readSmallFile(join(folder, index), index, longestHeader)));
  const files =
    isObject(json) && isObject(json.weight_map) ? [...new Set(Object.values(json.weight_map))] : [];
  if (!files.length) throw new Error(`${index} names no files: its weight_map is empty or missing`);
  const strange = files.find((file) => typeof file !== 'string' || !name.test(file));
  if (strange !== undefined)
    throw new Error(`${index} names ${JSON.stringify(strange)?.slice(0, 80)}, which is no name of a ${kind}`);
  const [missing, ...others] = (files as string[]).filter((file) => !existsSync(join(folder, file)));
  if (missing !== undefined) {
    const more = others.length ? ` (nor are ${others.length} others of the ${files.length})` : '';
    throw new Error(`${index} names ${missing}, which is not there${more}: fetch what is missing`);
  }
  return files as string[];
}

function picklesIn(folder: string): Weights | undefined {
  const index = 'pytorch_model.bin.index.json';
  const all = readdirSync(folder).filter((file) => pickleName.test(file));
  const files =
    all.includes('pytorch_model.bin') || !existsSync(join(folder, index))
      ? all
      : namedIn(folder, index, pickleName, 'file of PyTorch');
  const bytes = files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
  return files.length ? { bytes } : undefined;
}

function ofFile(folder: string, file: string): Required<Weights> {
  const { text, room } = headerTextOf(folder, file);
  return ofHeader(file, text, room);
}

/** The header of a safetensors file: its tensors, by their names. Throws an Error that says what is wrong with it. */
export function headerOf(folder: string, file: string): { readonly json: unknown } {
  const { text, room } = headerTextOf(folder, file);
  ofHeader(file, text, room);
  return { json: parsed(file, text) };
}

/** `room` are the bytes after the header. */
function headerTextOf(folder: string, file: string): { readonly text: string; readonly room: number } {
  const opened = openSync(join(folder, file), 'r');
  try {
    const { size } = fstatSync(opened);
    const start = Buffer.alloc(8);
    const length = readSync(opened, start, 0, 8, 0) === 8 ? Number(start.readBigUInt64LE()) : 0;
    if (length < 2 || length > longestHeader || length > size - 8)
      throw new Error(
        `${file} is no safetensors file: its header would be ${length} bytes long, of ${size} in all`,
      );
    const header = Buffer.alloc(length);
    readSync(opened, header, 0, length, 8);
    return { text: header.toString('utf8'), room: size - 8 - length };
  } finally {
    closeSync(opened);
  }
}

/** `room` are the bytes after the header. */
export function ofHeader(file: string, header: string, room: number): Required<Weights> {
  const json = parsed(file, header);
  if (!isObject(json)) throw new Error(`${file}: its header is no JSON object`);
  let [bytes, parameters, last] = [0, 0, 0];
  const types: Record<string, number>[] = [];
  for (const [name, tensor] of Object.entries(json)) {
    if (name === '__metadata__') continue;
    const found = ofTensor(tensor);
    if (!found)
      throw new Error(`${file}: its header is wrong about the tensor ${JSON.stringify(name).slice(0, 80)}`);
    if (!found.parameters && name.endsWith('.weight'))
      throw new Error(
        `${file} holds nothing of ${JSON.stringify(name).slice(0, 80)}: its shape has a 0, as DeepSpeed's ZeRO-3 leaves it where the parts were not gathered. \`python zero_to_fp32.py . . --safe_serialization\` in the folder of the training puts them together, and "stage3_gather_16bit_weights_on_model_save": true saves them whole`,
      );
    bytes += found.bytes;
    parameters += found.parameters;
    types.push({ [found.type]: found.bytes });
    last = Math.max(last, found.end);
  }
  if (Math.max(bytes, last) > room)
    throw new Error(
      `${file} is cut off: its header tells of ${Math.max(bytes, last)} bytes of weights, and there are ${room}. Fetch or write it again`,
    );
  return { bytes, parameters, types: summed(types) };
}

interface Tensor {
  readonly type: string;
  readonly bytes: number;
  readonly parameters: number;
  readonly end: number;
}

function ofTensor(tensor: unknown): Tensor | undefined {
  if (!isObject(tensor) || !Array.isArray(tensor.shape) || !Array.isArray(tensor.data_offsets))
    return undefined;
  const size = Object.hasOwn(bits, String(tensor.dtype)) ? bits[String(tensor.dtype)] : undefined;
  const [begin, end] = tensor.data_offsets;
  const whole = [...tensor.shape, begin, end].every((part) => Number.isSafeInteger(part) && part >= 0);
  if (!size || !whole || begin > end) return undefined;
  const parameters = tensor.shape.reduce((product: number, part: number) => product * part, 1);
  const bytes = Math.ceil((parameters * size) / 8);
  return bytes === end - begin ? { type: String(tensor.dtype), bytes, parameters, end } : undefined;
}

/** JSON.parse without the text in its message, which may be long. */
function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${file} is not valid JSON${file.endsWith('.json') ? '' : ' in its header'}`);
  }
}
