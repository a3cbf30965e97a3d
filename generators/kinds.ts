import type { Task } from './models/tasks.ts';
import type { ModelKind } from './serving.ts';
import type { Key } from './settings/schema.ts';

/** Library versions by distribution name on PyPI, pinned exactly. */
export type Pins = Readonly<Record<string, string>>;

/** A content type of requests to `/invocations`. */
interface RequestType {
  readonly type: string;
  /** What one row looks like in it, in Markdown for the project's README. */
  readonly shape: string;
  /** How a sample payload of this type is called in `sample_model/payloads/`. */
  readonly payload?: string;
  /** In batch transform, the type of an answer with a line for each line of this type. */
  readonly answeredInBatch?: string;
}

/** `response`: of answers, first the one for a caller who does not mind. */
export interface ContentTypes {
  readonly request: readonly RequestType[];
  readonly response: readonly string[];
}

/** How our server in Python serves a model. */
interface Serving {
  /** The kind of the model, as `model_handler.py` names it. */
  readonly kind: ModelKind;
  /** The folders of `python/ml_serving` that such models take, beside those of the server itself. */
  readonly packages: readonly string[];
}

/** A file format of a framework's models; its name is the file's usual ending. */
export interface ModelFormat {
  /** Shown beside the name in the prompt. */
  readonly description: string;
  /** Other endings under which such files are found; an empty one: without any. */
  readonly endings?: readonly string[];
  /** What such files can be by their first bytes: names in `models/file-kinds.ts`. Absent: they are not looked at. */
  readonly contents?: readonly string[];
  /** Template layers that only this format has. */
  readonly layers?: readonly string[];
  readonly requirements?: Pins;
  /** What reads it, in Python: a module of the framework's folder in `python/ml_serving`. */
  readonly reader?: Reader;
  /** Python lines of the sample's training script. */
  readonly sample?: { readonly imports: string; readonly save: string };
}

interface Reader {
  readonly module: string;
  /** Lines of `model_handler.py` that declare what it takes beside the file, and their names. */
  readonly values?: string;
  readonly arguments?: readonly string[];
}

/** A build of CUDA, and the oldest driver on the host that runs it. */
export interface Cuda {
  readonly version: string;
  readonly minimumDriver: number;
}

/** The kinds of serving stack: those of one kind need the same of a framework. */
type ServerKind = 'python' | 'engine';

/** What a framework brings to the serving stacks of one kind. */
export interface Support {
  /** Template layers, above those of the stack. */
  readonly layers: readonly string[];
  /** Those above them, for models of some tasks. */
  readonly layersByTask?: Readonly<Partial<Record<Task, readonly string[]>>>;
  readonly requirements?: Pins;
  /** Debian packages with libraries that its wheels need and the stack's image lacks, such as libgomp1. */
  readonly systemPackages?: readonly string[];
  /** What its packages bring on instances with a GPU. */
  readonly cuda?: Cuda;
  /** An index beside PyPI, with builds of the same versions for instances without a GPU. */
  readonly cpuPackages?: string;
  /** Environment variables of the image. */
  readonly imageEnvironment?: Readonly<Record<string, string>>;
  /** Whether it has a sample model for such stacks. */
  readonly sample: boolean;
  /** The project's file with a request that the tests send. */
  readonly samplePayload: string;
  /** What there is besides where a script of the user's is called; absent: none can be. */
  readonly script?: ScriptSupport;
  /** How a server of ours serves it. */
  readonly serving?: Serving;
  /** The same for models of some tasks, where that is another way. */
  readonly servingByTask?: Readonly<Partial<Record<Task, Serving>>>;
}

/** How a script of the user's, with the functions of AWS's containers, is called. */
interface ScriptSupport {
  /** Whether there is a sample model for such projects. */
  readonly sample: boolean;
  /** Template layers, above those of the stack: in place of the others, or on top of them. */
  readonly layers: readonly string[];
  readonly serving: Serving;
  /** What is done without predict_fn and output_fn, and which requests are answered together, in Markdown. */
  readonly predicts: string;
  readonly answers: string;
  readonly together: string;
}

/** A machine-learning library whose models are served: one file in `frameworks/`. */
export type Framework = FrameworkFacts & GpuUse;

/** Whether a GPU is of use to it as pinned here; if not, why not. */
type GpuUse = { readonly usesGpu: true } | { readonly usesGpu: false; readonly gpuUseless: string };

interface FrameworkFacts {
  /** What to know of columns of text in the data that a model was trained with. */
  readonly ofText?: string;
  readonly title: string;
  /** By name; the first one is the default. */
  readonly formats: Readonly<Record<string, ModelFormat>>;
  /** By the kinds of serving stack that can serve it. */
  readonly servedBy: Readonly<Partial<Record<ServerKind, Support>>>;
  readonly defaultServer: string;
  /** The default for models of some tasks, where that is another one. */
  readonly defaultServerByTask?: Readonly<Partial<Record<Task, string>>>;
  /** Whether a model is one file of the format, or a folder with config.json and weights. */
  readonly modelIs: 'file' | 'folder';
  /** Settings that no other framework has. */
  readonly settings?: readonly Key[];
  /** What `instanceType=gpu-enabled` stands for, where that is not the smallest type with a GPU. */
  readonly gpuInstanceType?: string;
  /** What training the sample needs beyond what the server does. */
  readonly sample: { readonly requirements: Pins; readonly task?: Task };
}

/** A serving stack: one file in `servers/`. */
export interface Server {
  readonly title: string;
  readonly description: string;
  /** Which frameworks it can serve: those that have this kind in `servedBy`. */
  readonly kind: ServerKind;
  /** Whether it is our own server in Python, which also runs without its image and has settings of its own. */
  readonly ours: boolean;
  /** Whether it starts on instances with a GPU only. */
  readonly needsGpu: boolean;
  /** Whether it reads of a LoRA adapter's settings its rank, its alpha and a list of modules alone. */
  readonly plainAdapters?: boolean;
  readonly image: Image;
  /** Template layers below its own. */
  readonly layers: readonly string[];
  readonly requirements: Pins;
  /** The folders and files of `python/ml_serving` that are its own. */
  readonly packages: readonly string[];
  /** The tasks of the models that it serves; absent: all. */
  readonly tasks?: readonly Task[];
  /** How it takes weights that are quantised, by the parser of its version; absent: not at all. */
  readonly quantizations?: readonly string[];
  /** Settings that only such stacks have, beside those that variables carry. */
  readonly settings?: readonly Key[];
  /** What else its version can do with models, and what not; absent: not known. */
  readonly able?: Abilities;
  /** Settings that only such stacks have, and the environment variables of the container that carry them. */
  readonly environment?: Readonly<Partial<Record<Key, string>>>;
  /** Where the routes of app.py run, in Markdown for the project's README. */
  readonly routes?: string;
  /** How its other options are given, in Markdown for the project's README. */
  readonly options?: string;
}

/** What a serving stack can do, by the code of its version. */
export interface Abilities {
  /** The ways to quantise that it reads from a model's files. */
  readonly reads?: readonly string[];
  /** Model types that it has a configuration of its own for, beside those of transformers. */
  readonly types?: readonly string[];
  /** Model types that it does not serve in float16, and why. */
  readonly notInFloat16?: { readonly types: readonly string[]; readonly reason: string };
  /** Down to so many numbers it makes blocks of experts in FP8 smaller, where GPUs share them; absent: not at all. */
  readonly finestBlock?: number;
  /** Variables of the container with which each GPU holds whole experts. */
  readonly wholeExperts?: (gpus: number) => Readonly<Record<string, string>>;
  /** The variable with which it loads adapters at run time, by SageMaker's own calls; absent: not at all. */
  readonly adaptersAtRunTime?: string;
}

/** The image that a stack's own is made from. */
interface Image {
  readonly name: string;
  /** Whether it is one of AWS's deep learning containers, in whose registry the name is then to be found. */
  readonly ofAws?: boolean;
  /** When it was published, as YYYY-MM-DD, where the date tells something. */
  readonly date?: string;
  /** What it brings itself; absent where that is up to the framework's packages. */
  readonly cuda?: Cuda;
}

/** A setting of our server in Python: an environment variable. */
export interface Variable {
  readonly name: string;
  /** In Markdown, for the project's README. */
  readonly shownDefault: string;
  readonly meaning: string;
  /** Whether it is one that people change. */
  readonly often: boolean;
}
