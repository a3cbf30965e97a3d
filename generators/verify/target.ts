import { lookup } from 'node:dns/promises';
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Source } from '../hosting/containers/container.ts';
import { readDockerfile } from '../hosting/containers/declaration.ts';
import { imageSource } from '../hosting/containers/image.ts';
import { processSource } from '../hosting/containers/process.ts';
import { hostOf, urlSource } from '../hosting/containers/url.ts';
import { endings, findSamples, readSample, type Sample } from '../hosting/samples.ts';
import { describeInstance, type Instance, isInstanceType } from '../instances/instances.ts';
import { describeProject } from '../render/project.ts';
import { serverVersion } from '../server-version.ts';
import { configFile } from '../settings/config-file.ts';
import { fullPath } from '../settings/paths.ts';
import { shown, UsageError } from '../settings/problems.ts';
import { complete, draftSettings } from '../settings/resolve.ts';
import type { VerifyRequest } from './flags.ts';

/** What is checked, and with what. */
interface Target {
  readonly source: Source;
  readonly samples: readonly Sample[];
  /** Where it is to run. */
  readonly instance: Instance | undefined;
  /** The model directory. */
  readonly model: string | undefined;
  /** Ours, with its version, where a folder has it. */
  readonly server: string | undefined;
}

/** The folder, image or URL that a command line names. Throws UsageError where it is none, and WorkError without Docker. */
export async function targetOf(request: VerifyRequest, cwd: string): Promise<Target> {
  const isUrl = /^https?:\/\//i.test(request.target);
  const folder = fullPath(cwd, request.target);
  const isFolder = !isUrl && existsSync(folder) && statSync(folder).isDirectory();
  // An image and a URL have nothing beside them: you stand where their project is.
  const project = isFolder ? folder : cwd;
  if (!isUrl && !isFolder) {
    if (isFile(folder)) checkFile(request.target);
    checkImageName(request.target);
  }
  const samples = samplesOf(request, project, cwd);
  const instance = await instanceOf(request, project);
  const model = modelDir(request, project, cwd);
  const source = isUrl
    ? urlSource(await urlOf(request))
    : isFolder
      ? await projectSource(request, folder, model)
      : await imageSource({
          image: request.target,
          ...model,
          environment: request.environment,
          network: request.network,
          ...(instance?.vCPU && { cpus: instance.vCPU }),
          ...(instance?.memoryGiB && { memoryGiB: instance.memoryGiB }),
        });
  return {
    source,
    samples,
    instance,
    model: model.model,
    server: isFolder ? serverOf(folder) : undefined,
  };
}

async function projectSource(
  request: VerifyRequest,
  folder: string,
  model: { model?: string },
): Promise<Source> {
  const dockerfile = join(folder, 'Dockerfile');
  const program = ['code/serve', 'serve'].map((path) => join(folder, path)).find(isFile);
  if (!program) {
    const target = shown(request.target);
    const built = isFile(dockerfile) ? ` (docker build --tag NAME ${target}, then verify NAME)` : '';
    throw new UsageError([
      `${target} has no program code/serve or serve to start; verify its image instead${built}, or its URL`,
    ]);
  }
  return processSource({
    folder,
    program,
    environment: request.environment,
    ...model,
    ...(isFile(dockerfile) && { declaration: readDockerfile(dockerfile) }),
  });
}

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

function serverOf(folder: string): string | undefined {
  const version = serverVersion(folder);
  return version && `ml_serving ${version}`;
}

function modelDir({ modelDir }: VerifyRequest, project: string, cwd: string): { model?: string } {
  const folder = modelDir === undefined ? join(project, 'model') : fullPath(cwd, modelDir);
  if (existsSync(folder) && statSync(folder).isDirectory()) return { model: folder };
  if (modelDir === undefined) return {};
  throw new UsageError([`--model-dir is ${shown(modelDir)}: there is no such folder`]);
}

function samplesOf({ payload, contentType }: VerifyRequest, project: string, cwd: string): Sample[] {
  if (payload === undefined) return findSamples(project);
  const file = fullPath(cwd, payload);
  if (!existsSync(file) || !statSync(file).isFile())
    throw new UsageError([`--payload is ${shown(payload)}: there is no such file`]);
  if (statSync(file).size === 0) throw new UsageError([`--payload is ${shown(payload)}: the file is empty`]);
  const type = contentType ?? endings[extname(file)];
  if (type === undefined)
    throw new UsageError([
      `--payload is ${shown(payload)}: its ending says nothing of its content type; add --content-type=TYPE`,
    ]);
  return [readSample(file, type)];
}

/** Of the flag, else of a project that was generated here. */
async function instanceOf({ instanceType }: VerifyRequest, project: string): Promise<Instance | undefined> {
  if (instanceType !== undefined) {
    if (isInstanceType(instanceType)) return describeInstance(instanceType).instance;
    throw new UsageError([`--instance-type is ${shown(instanceType)}: it takes a type such as ml.m6g.large`]);
  }
  if (!existsSync(join(project, configFile))) return undefined;
  try {
    const draft = await draftSettings({ commandLine: { flags: {} }, env: {}, cwd: project }, []);
    return describeProject(complete(draft), project).instance;
  } catch (error) {
    // A project that cannot be generated again can be checked all the same, without its instance type.
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

async function urlOf({ target, timeout }: VerifyRequest): Promise<URL> {
  const url = URL.canParse(target) ? new URL(target) : undefined;
  if (url?.protocol !== 'http:' || url.pathname !== '/' || url.search || url.username)
    throw new UsageError([
      `${shown(target)} is no address of a server: it takes one such as http://localhost:8080, without https, path and password, as SageMaker calls it`,
    ]);
  const end = performance.now() + Math.min(timeout, 10) * 1000;
  // A container that is being started, as by Compose, has its name in a moment.
  for (;;) {
    const code = await lookup(hostOf(url)).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error.code,
    );
    // Whatever else is in the way is for the checks to find.
    if (code !== 'ENOTFOUND') return url;
    if (performance.now() > end)
      throw new UsageError([`${shown(target)}: the name ${shown(hostOf(url))} has no address here`]);
    await sleep(500);
  }
}

/** A project's own program or Dockerfile was meant for the project; what else has a file's name may be an image. */
function checkFile(target: string): void {
  if (!/^[./~]|(^|\/)(serve|Dockerfile)$/.test(target)) return;
  const beside = dirname(target);
  const project = basename(beside) === 'code' ? dirname(beside) : beside;
  throw new UsageError([`${shown(target)} is a file: verify takes its project's folder, ${shown(project)}`]);
}

/** Of what is neither there as a folder nor has the form of an image's name. */
function checkImageName(target: string): void {
  if (/^(localhost|[\d.]+):\d+$/.test(target))
    throw new UsageError([`${shown(target)} is no image; did you mean http://${target}?`]);
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(target))
    throw new UsageError([
      `${shown(target)} is no address of a server: it takes one such as http://localhost:8080`,
    ]);
  if (/^[./~]/.test(target)) throw new UsageError([`${shown(target)}: there is no such folder`]);
  if (!/^[\w][\w./:@-]*$/.test(target))
    throw new UsageError([`${shown(target)} is neither a folder, nor a URL, nor the name of an image`]);
}
