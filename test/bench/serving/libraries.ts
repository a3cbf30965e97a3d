import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sklearn from '../../../generators/frameworks/sklearn.ts';
import xgboost from '../../../generators/frameworks/xgboost.ts';
import { numpy } from '../../../generators/pins.ts';
import { tempFolder } from '../../harness.ts';

const pins = { ...numpy, ...sklearn.servedBy.python.requirements, ...xgboost.servedBy.python.requirements };

/** A requirements file with the libraries in the versions that generated projects pin, the same for all servers. */
export function libraries(xgboostName = 'xgboost-cpu'): string {
  const file = join(tempFolder(), 'requirements.txt');
  const lines = Object.entries(pins).map(
    ([name, version]) => `${name === 'xgboost-cpu' ? xgboostName : name}==${version}\n`,
  );
  writeFileSync(file, lines.join(''));
  return file;
}

/** Of a server that has a worker for each CPU: threads of a library's own would fight over the CPUs. */
export const oneThread = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
