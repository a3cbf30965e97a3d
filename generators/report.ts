import { relative } from 'node:path';
import { inWords } from './copy.ts';
import { contentsOf, type Part } from './render/contents.ts';
import { sh } from './render/escape.ts';
import type { Project } from './render/project.ts';
import type { Written } from './render/write.ts';
import { columnLines } from './report-columns.ts';

/**
 * What to say after generating: what was made, what of it is the user's, and the next three commands. `files` are the
 * paths of all that was written; they are listed only when `verbose` is set.
 */
export function report(
  project: Project,
  files: readonly string[],
  cwd: string,
  { verbose, written }: { readonly verbose: boolean; readonly written: Written },
): string {
  const { settings, framework, server, instance, origin, sum, modelLink } = project;
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
  const { yours, others } = contentsOf(project, files);
  const lines = partLines([...yours, ...others], verbose);
  return [
    `${done(folder, files.length, written)} ${model} served by ${server.title}, for ${instance.type} (${instance.platform}).`,
    ...(modelLink
      ? [
          '',
          `model/ is a link to ${modelLink.folder} (${inWords(modelLink.bytes)}): leave that where it is, or make a copy by --copy-model.`,
        ]
      : []),
    ...(sum.length ? ['', 'It fits:', ...sum.map((line) => `  ${line}`)] : []),
    ...columnLines(project, verbose),
    '',
    'Yours to edit:',
    ...lines.slice(0, yours.length).flat(),
    '',
    'The rest:',
    ...lines.slice(yours.length).flat(),
    '',
    'Next:',
    ...commands.map(([command, why]) => `  ${why ? `${command.padEnd(width)}  # ${why}` : command}`),
    ...undeclared(project),
  ].join('\n');
}

function done(folder: string, count: number, { wasThere, changed }: Written): string {
  if (!wasThere) return `Created ${folder}: ${count} files.`;
  return changed
    ? `Changed ${folder}: ${changed} of ${count} files.`
    : `Nothing changed in ${folder}: its ${count} files are there already.`;
}

/** Whoever answers questions is not asked for data, and meets what it is for only in requests that are refused. */
function undeclared({ framework, settings, declared, facts }: Project): string[] {
  const takesData = framework.settings?.some((key) => key === 'sampleData');
  const isScript = settings.inferenceScript !== undefined;
  if (!takesData || isScript || settings.includeSampleModel || declared || facts?.hasSchema) return [];
  return [
    '',
    'A model that was trained on texts, codes such as 02139, categories or dates needs its columns declared:',
    '  ml-container-creator update --sample-data=FILE  # in the project, with rows of the training data',
  ];
}

/** A line for each part, and with `verbose` below it one for each file of a folder. */
function partLines(parts: readonly Part[], verbose: boolean): string[][] {
  const width = Math.max(...parts.map(({ path }) => path.length));
  return parts.map(({ path, text, files }) => {
    const count = files.length === 1 ? '1 file' : `${files.length} files`;
    const isFolder = path.endsWith('/');
    return [
      `  ${path.padEnd(width)}  ${text}${isFolder ? ` (${count})` : ''}`,
      ...(isFolder && verbose ? files.map((file) => `      ${file}`) : []),
    ];
  });
}

/** What brings a model to the project that has none yet. */
function fill({ settings, origin, modelCopies, modelLink, modelFile }: Project): string[][] {
  if (modelLink || [...modelCopies.keys()].some((path) => path.startsWith('model/'))) return [];
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
