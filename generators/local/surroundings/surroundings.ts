import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Surroundings } from '../hosting.ts';
import { scopeOf } from '../service/request.ts';
import { Aws } from './aws.ts';
import { manifestOf, onLoopback, putImage } from './ecr.ts';
import { Logs } from './logs.ts';
import { startMoto } from './moto.ts';
import { Registry } from './registry.ts';

/** What surrounds SageMaker hosting, with the two parts that containers are made from. */
export interface Around extends Surroundings {
  readonly aws: Aws;
  readonly registry: Registry;
}

interface ToStart {
  /** For what is pushed, and with `keep` also for what moto knows. */
  readonly folder: string;
  readonly keep: boolean;
  /** For what is of use while it runs. */
  readonly work: string;
  /** For what is kept for good. */
  readonly cache: string;
  /** Of the processes that are started. */
  readonly environment: NodeJS.ProcessEnv;
  /** Of the registry. */
  readonly password: string;
  say(line: string): void;
}

/** Starts what answers for the rest of AWS: moto's server, and a registry for images. */
export async function startSurroundings({
  folder,
  keep,
  work,
  cache,
  environment,
  password,
  say,
}: ToStart): Promise<Around> {
  const moto = await startMoto({
    cache,
    log: join(work, 'moto.log'),
    ...(keep && { kept: join(folder, 'aws') }),
    environment,
    say,
  });
  const aws = new Aws(moto.port, moto.key);
  const images = join(folder, 'registry');
  // Those that a kill has cut off.
  await rm(join(images, 'uploads'), { recursive: true, force: true });
  const registry = new Registry(images, (...pushed) => putImage(aws, ...pushed));
  const logs = new Logs(aws);
  return {
    aws,
    registry,
    handle(request, response) {
      const here = request.headers.host ?? '';
      const change = scopeOf(request)?.service === 'ecr' ? onLoopback(here, password) : undefined;
      const answered = request.url?.startsWith('/v2/')
        ? registry.handle(request, response)
        : aws.pass(request, response, change);
      // A client that has left, or a moto that has ended: there is nothing more to say.
      answered.catch(() => response.destroy());
    },
    logLine: (...line) => logs.line(...line),
    async imageOf(uri) {
      const manifest = await manifestOf(aws, registry, uri);
      if (!manifest) return undefined;
      const { mediaType } = manifest;
      const architecture = (await registry.configuration(manifest))?.architecture;
      return { mediaType, ...(architecture && { architecture }) };
    },
    async isOnS3(uri, region) {
      const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(uri) ?? [];
      const one = { 'list-type': '2', 'max-keys': '1', 'encoding-type': 'url', prefix: key };
      const query = new URLSearchParams(one);
      const listed = await aws.get(`/${bucket}?${query}`, region);
      // By its beginning, an object comes before all that its key begins.
      const [, first] = /<Key>([^<]*)<\/Key>/.exec(await text(listed)) ?? [];
      return (
        first !== undefined && (key.endsWith('/') || decodeURIComponent(first.replaceAll('+', ' ')) === key)
      );
    },
    async close() {
      await logs.sent();
      await moto.stop();
    },
  };
}
