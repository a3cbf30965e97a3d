import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type sklearn from '../../../generators/frameworks/sklearn.ts';
import type xgboost from '../../../generators/frameworks/xgboost.ts';
import { activated, cachedVenv, command, tempFolder } from '../../harness.ts';
import { libraries } from './libraries.ts';

/** The models of train.py, by the names of their folders there. */
export const models = {
  logistic: { title: 'LogisticRegression', framework: 'sklearn', format: 'pkl' },
  forest: { title: 'RandomForestClassifier, 100 trees', framework: 'sklearn', format: 'pkl' },
  'forest-jobs': {
    title: 'RandomForestClassifier, 100 trees, saved with n_jobs=-1',
    framework: 'sklearn',
    format: 'pkl',
    // What it shows is what a server does about n_jobs.
    servers: ['fastapi', 'flask', 'flask-sample'],
  },
  xgboost: { title: 'XGBClassifier, 100 trees', framework: 'xgboost', format: 'json' },
} satisfies Record<string, Kind>;

type Kind = { title: string; servers?: readonly string[] } & (
  | { framework: 'sklearn'; format: keyof typeof sklearn.formats }
  | { framework: 'xgboost'; format: keyof typeof xgboost.formats }
);

export type ModelName = keyof typeof models;

/** A trained model. */
export interface Model {
  readonly name: ModelName;
  readonly framework: string;
  readonly format: string;
  /** Holds the model's file and nothing else. */
  readonly folder: string;
  /** What it predicts for the benchmark's rows. */
  readonly predictions: readonly number[];
}

export interface Trained {
  readonly venv: string;
  readonly rowsFile: string;
  readonly rows: readonly (readonly number[])[];
  readonly models: ReadonlyMap<ModelName, Model>;
}

export async function trainModels(): Promise<Trained> {
  const venv = await cachedVenv(libraries());
  const folder = join(tempFolder(), 'models');
  const env = activated(venv);
  await command(join(venv, 'bin/python'), [join(import.meta.dirname, 'train.py'), folder], { env });
  const rowsFile = join(folder, 'rows.json');
  const { rows, predictions } = JSON.parse(readFileSync(rowsFile, 'utf8'));
  const trained = (Object.keys(models) as ModelName[]).map((name) => {
    const { framework, format } = models[name];
    const model = { name, framework, format, folder: join(folder, name), predictions: predictions[name] };
    return [name, model] as const;
  });
  return { venv, rowsFile, rows, models: new Map(trained) };
}
