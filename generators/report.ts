import { relative } from 'node:path';
import { sh } from './render/escape.ts';
import type { Project } from './render/project.ts';

/** What to say after generating: what was made, and the next three commands. */
export function report(project: Project, files: number, cwd: string): string {
  const { settings, framework, server, instance, modelCopies, modelFile } = project;
  const folder = relative(cwd, project.folder) || '.';
  const fill = modelCopies.size
    ? undefined
    : settings.includeSampleModel
      ? ['sample_model/train.sh', 'trains the sample model']
      : [`mkdir -p model && cp YOUR_MODEL model/${modelFile}`, 'brings your model'];
  const commands = [
    ...(folder === '.' ? [] : [[`cd ${/^[\w./-]+$/.test(folder) ? folder : sh(folder)}`, '']]),
    ...(fill ? [fill] : []),
    ['./run_local.sh', 'serves it on port 8080, without Docker'],
    ['deploy/build_and_push.sh', `builds the image for ${instance.platform}`],
    ['deploy/upload_to_s3.sh', 'uploads the model'],
  ].slice(0, 3) as [string, string][];
  const width = Math.max(...commands.map(([command]) => command.length));
  return [
    `Created ${folder}: ${files} files. ${article(framework.title)} model (${settings.modelFormat}) served by ${server.title}, for ${instance.type} (${instance.platform}).`,
    '',
    'Next:',
    ...commands.map(([command, why]) => `  ${why ? `${command.padEnd(width)}  # ${why}` : command}`),
  ].join('\n');
}

function article(title: string): string {
  return `${/^[aeioux]/i.test(title) ? 'An' : 'A'} ${title}`;
}
