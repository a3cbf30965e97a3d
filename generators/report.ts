import { relative } from 'node:path';
import { sh } from './render/escape.ts';
import type { Project } from './render/project.ts';

/** What to say after generating: what was made, and the next three commands. */
export function report(project: Project, files: number, cwd: string): string {
  const { settings, framework, server, instance, origin, sum } = project;
  const folder = relative(cwd, project.folder) || '.';
  // Only a server of ours runs without its image, and only with a model that is here.
  const local = server.ours && ['archive', 'folder'].includes(origin.kind);
  const commands = [
    ...(folder === '.' ? [] : [[`cd ${/^[\w./-]+$/.test(folder) ? folder : sh(folder)}`, '']]),
    ...fill(project),
    ...(local ? [['./run_local.sh', 'serves it on port 8080, without Docker']] : []),
    ['deploy/build_and_push.sh', `builds the image for ${instance.platform}`],
    ...(origin.uploaded ? [['deploy/upload_to_s3.sh', 'uploads the model']] : []),
    ['deploy/deploy.sh', 'creates the endpoint'],
  ].slice(0, 3) as [string, string][];
  const model =
    settings.modelName ?? `${article(framework.title)} model (${settings.task ?? settings.modelFormat})`;
  const width = Math.max(...commands.map(([command]) => command.length));
  return [
    `Created ${folder}: ${files} files. ${model} served by ${server.title}, for ${instance.type} (${instance.platform}).`,
    ...(sum.length ? ['', 'It fits:', ...sum.map((line) => `  ${line}`)] : []),
    '',
    'Next:',
    ...commands.map(([command, why]) => `  ${why ? `${command.padEnd(width)}  # ${why}` : command}`),
  ].join('\n');
}

/** What brings a model to the project that has none yet. */
function fill({ settings, origin, modelCopies, modelFile }: Project): string[][] {
  if (modelCopies.size) return [];
  if (settings.includeSampleModel) return [['sample_model/train.sh', 'trains the sample model']];
  const copies: Partial<Record<typeof origin.kind, string>> = {
    archive: `mkdir -p model && cp YOUR_MODEL model/${modelFile}`,
    folder: 'mkdir -p model && cp -r YOUR_MODEL/. model',
  };
  const copy = copies[origin.kind];
  return copy ? [[copy, 'brings your model']] : [];
}

function article(title: string): string {
  return `${/^[aeioux]/i.test(title) ? 'An' : 'A'} ${title}`;
}
