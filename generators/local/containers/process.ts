import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readDockerfile } from '../../hosting/containers/declaration.ts';
import { removeFolder } from '../../hosting/containers/folder.ts';
import { startServer } from '../../hosting/containers/server.ts';
import type { Containers, Running, ToRun } from '../hosting.ts';
import { manifestOf } from '../surroundings/ecr.ts';
import type { Around } from '../surroundings/surroundings.ts';
import { containersBy } from './all.ts';
import { eachLine } from './lines.ts';
import { layOut, layOutOne } from './model.ts';
import { folderOf, isChanged } from './stand-in.ts';

interface Place {
  readonly around: Around;
  /** Models lie there, and homes, while their servers run. */
  readonly folder: string;
  /** By which what they start can be found when this process is no more. */
  readonly marker: Readonly<Record<string, string>>;
}

/** Projects' own servers in place of their images: the same program, with the packages of the project's .venv. */
export function processContainers(place: Place): Containers {
  let started = 0;
  return containersBy((what, isClosed) =>
    start(what, place, join(place.folder, `process-${++started}`), isClosed),
  );
}

/** A model's variables outside a container: the model's place as it is here, and none of those that we find the server by. */
export const asHere = (
  environment: Readonly<Record<string, string>>,
  model: string,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment)
      .filter(([name]) => !/^(HOME|PATH|SM_MODEL_DIR|SAGEMAKER_BIND_TO_PORT|LD_.*|DYLD_.*)$/.test(name))
      .map(([name, value]) => [name, value.replace(/^\/opt\/ml\/model(?=\/|$)/, model)]),
  );

async function start(
  what: ToRun,
  { around, marker }: Place,
  folder: string,
  isClosed: () => boolean,
): Promise<Running> {
  const { aws, registry } = around;
  const manifest = await manifestOf(aws, registry, what.image);
  const image = manifest && (await registry.configuration(manifest));
  const project = folderOf(image);
  if (!project)
    throw new Error(`The image ${what.image} stands for no project, and with --process none is run.`);
  if (await isChanged(image, project).catch(() => false))
    what.onLine(`The code in ${project} is not what it was when this image was pushed: it runs as it is now`);
  const [home, model, models] = ['home', 'model', 'models'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [home, model, models]) await mkdir(path, { recursive: true });
  try {
    if (what.model) await layOut(aws, what.model, what.region, model);
    if (isClosed()) throw new Error('stopped');
  } catch (error) {
    await removeFolder(folder);
    throw error;
  }
  const dockerfile = join(project, 'Dockerfile');
  const server = await startServer(
    {
      folder: project,
      program: join(project, 'code/serve'),
      environment: {},
      ...(existsSync(dockerfile) && { declaration: readDockerfile(dockerfile) }),
    },
    {
      home,
      model,
      modelDir: what.multiModel ? models : model,
      environment: { ...asHere(what.environment, model), ...marker },
    },
  );
  const { child, output, port } = server;
  const read = eachLine(what.onLine, ...output);
  const ended = server.ended.then(async (end) => {
    await server.end();
    await read;
    if (end.error) what.onLine(end.error);
    await removeFolder(folder);
    return end;
  });
  return {
    url: `http://127.0.0.1:${port}`,
    ended,
    ...(what.multiModel && {
      fetchModel: async (uri: string, name: string) =>
        join(models, await layOutOne(aws, uri, what.region, models, name)),
    }),
    async stop(graceSeconds) {
      child.kill('SIGTERM');
      const patience = new AbortController();
      const late = sleep(graceSeconds * 1000, 'late', { signal: patience.signal }).catch(() => '');
      if ((await Promise.race([ended, late])) === 'late') await server.end();
      patience.abort();
      await ended;
    },
  };
}
