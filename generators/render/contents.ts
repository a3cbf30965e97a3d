import { configFile } from '../settings/config-file.ts';
import { scriptPath } from '../settings/script.ts';
import type { Project } from './project.ts';

/** A file of a project, or a folder with all below it that is no part of its own. */
export interface Part {
  /** Folders end in a slash; `./` is what lies in no other part. */
  readonly path: string;
  /** What it is for, in a few words. */
  readonly text: string;
  readonly files: readonly string[];
}

/** What there is in a project, for those who look for what they may edit. */
export interface Contents {
  readonly yours: readonly Part[];
  readonly others: readonly Part[];
}

/** Sorts a project's files, by their paths in it, into its parts; parts that it has not are left out. */
export function contentsOf(project: Project, paths: readonly string[]): Contents {
  const named = { yours: yours(project), others: others(project) };
  // The nearest part first: they are folders in one another, or files in them.
  const places = Object.keys({ ...named.yours, ...named.others }).sort((a, b) => b.length - a.length);
  const placeOf = (path: string) =>
    places.find((place) => path === place || (place.endsWith('/') && path.startsWith(place))) ?? './';
  const filesOf = new Map<string, string[]>();
  for (const path of paths) {
    const place = placeOf(path);
    filesOf.set(place, [...(filesOf.get(place) ?? []), path]);
  }
  const parts = (texts: Readonly<Record<string, string>>) =>
    Object.entries(texts)
      .map(([path, text]) => ({ path, text, files: filesOf.get(path) ?? [] }))
      .filter(({ files }) => files.length);
  return { yours: parts(named.yours), others: parts(named.others) };
}

function yours({ server, settings }: Project): Readonly<Record<string, string>> {
  return {
    [scriptPath]: 'your script: its functions answer requests',
    'code/model_handler.py':
      settings.inferenceScript === undefined
        ? 'loads the model and predicts'
        : 'what is done where the script has no such function',
    'code/app.py': `your own routes, in ${server.title}`,
    'model/': 'the model',
    'adapters/': 'LoRA adapters, a folder each',
    'sample_data.csv': 'rows of the training data, for the tests',
    'sample_data.jsonl': 'rows of the training data, for the tests',
    'requirements.txt': server.ours
      ? "the packages: pin the model's own as they were in training"
      : "packages beside the engine's",
    'deploy/settings.sh': 'names, region, role, instance type',
    [configFile]: 'the answers that made this project',
  };
}

function others({ server }: Project): Readonly<Record<string, string>> {
  return {
    'code/serve': 'what SageMaker starts',
    'code/ml_serving/': server.ours ? 'the server' : `starts ${server.title}, translates requests`,
    'deploy/': 'scripts and policies for the endpoint',
    'sample_model/': 'trains a small model to try it with',
    'test/': server.ours
      ? 'of the handler, the server, the image, the endpoint'
      : 'of the image and the endpoint',
    './': server.ours ? 'README.md, Dockerfile, run_local.sh' : 'README.md, Dockerfile',
  };
}
