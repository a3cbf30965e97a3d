import { writtenBy010 } from './written-by-0.1.0.ts';

/** The same in all versions that record what they write. */
export const packagePlace = 'code/ml_serving/';

/** What versions after 0.1.0 have written besides; a path stays here when a later version has no such file. */
const since = [
  '.gitattributes',
  'deploy/change.sh',
  'deploy/container_cli.sh',
  'deploy/contents.sh',
  'deploy/get_adapters.sh',
  'deploy/iam.sh',
  'deploy/image.sh',
  'deploy/links.sh',
  'deploy/logs.sh',
  'deploy/model_files.sh',
  'deploy/plan.sh',
  'deploy/resources.sh',
  'deploy/rollback.sh',
  'deploy/status.sh',
  'sample_data.csv',
  'sample_data.jsonl',
  'test/test_sample_data.py',
  'model/input_schema.json',
];

/** Whether any version of the generator writes such a file: a record can be made to name others. */
export function isEverWritten(path: string): boolean {
  return path.startsWith(packagePlace) || since.includes(path) || Object.hasOwn(writtenBy010, path);
}
