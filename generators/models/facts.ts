import type { Column } from '../sample-data/column.ts';
import type { Adapters } from './adapter-room.ts';
import type { ModelConfig } from './config.ts';
import type { Task } from './tasks.ts';

/** The files that config.json and tokenizer_config.json name for what transformers has no class for. */
export interface OwnCode {
  /** The model's type, as it calls it. */
  readonly type: string;
  readonly model: readonly string[];
  readonly tokenizer: readonly string[];
}

/** What is known of a model without loading it. */
export interface ModelFacts {
  /** What it is for, where config.json or the Hub tells. */
  readonly task?: Task;
  /** What the user should hear of it. */
  readonly warnings: readonly string[];
  /** The commit that its revision stands for, on the Hub. */
  readonly commit?: string;
  readonly config?: ModelConfig;
  /** Its columns, by the signature that it came with. */
  readonly columns?: readonly Column[];
  /** Whether its folder holds input_schema.json, which says more than the generator could. */
  readonly hasSchema?: boolean;
  /** Counted in its files, of models that are not quantised. */
  readonly parameters?: number;
  /** The code that it brings along to be run. */
  readonly ownCode?: OwnCode;
  /** The type of most numbers in its files, where that is a packed one of which config.json says nothing. */
  readonly packed?: string;
  /** Of the weights in its files. */
  readonly weightsBytes?: number;
  /** The commits that revisions of adapters stand for, by their names. */
  readonly adapterCommits?: Readonly<Record<string, string>>;
  /** The file that its tokenizer is in, where transformers alone does not read it. */
  readonly tokenizerFile?: string;
  /** Those that not every engine reads whole, and why, in words. */
  readonly notPlain?: readonly string[];
  /** Served with it. */
  readonly adapters?: Adapters;
}

/** What a project records of its model, so that nobody needs the model itself, or the Hub, to make the project again. */
export interface KnownModel {
  /** The answers that name it. */
  readonly answers: Readonly<Record<string, string>>;
  /** The file below `model/` that the handler loads. */
  readonly modelFile: string;
  readonly facts: Omit<ModelFacts, 'warnings' | 'commit' | 'adapterCommits' | 'notPlain' | 'tokenizerFile'>;
}

/** How it is to be served: settings of the same names. */
export interface Wanted {
  readonly maxModelLen?: number | undefined;
  readonly quantization?: string | undefined;
  readonly dtype?: string | undefined;
  /** 1 for a server that uses one GPU. */
  readonly tensorParallel?: number | undefined;
}
