import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { AwsError } from '../api/errors.ts';
import type { Instance } from '../endpoint/instance.ts';
import type { Running } from '../hosting.ts';
import { call, type Invocation } from './container-call.ts';
import { modelError, type Whose } from './model-error.ts';

/** A model of a multi-model endpoint: its endpoint, the prefix on S3 that the endpoint's model names, and the rest of its key. */
interface Target {
  readonly whose: Whose;
  readonly prefix: string;
  readonly key: string;
}

interface Loaded {
  /** Settles when the container has it. */
  readonly there: Promise<void>;
  /** Grows with each use of any. */
  used: number;
}

/** Which models each container has loaded; those that were not used for the longest time make room for others. */
export class MultiModel {
  readonly #byContainer = new WeakMap<Running, Map<string, Loaded>>();
  /** Real seconds for a container to load a model. */
  readonly #seconds: number;
  #uses = 0;

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  has({ container }: Instance, key: string): boolean {
    return container !== undefined && (this.#byContainer.get(container)?.has(nameOf(key)) ?? false);
  }

  /** Sends an invocation to a model, which is loaded first unless it is there. */
  async call(
    instance: Instance,
    target: Target,
    invocation: Invocation,
    seconds: number,
  ): Promise<IncomingMessage> {
    const { container } = instance;
    const url = container?.url;
    if (!container || !url) throw new Error('the container has ended');
    const name = nameOf(target.key);
    const to: Invocation = {
      ...invocation,
      path: `/models/${name}/invoke`,
      headers: { ...invocation.headers, 'X-Amzn-SageMaker-Target-Model': target.key },
    };
    await this.#load(container, url, target);
    const answered = await call(url, to, seconds);
    if (answered.statusCode !== 404) return answered;
    // The container gave it up by itself.
    answered.resume();
    this.#modelsOf(container).delete(name);
    await this.#load(container, url, target);
    return call(url, to, seconds);
  }

  async #load(container: Running, url: string, target: Target): Promise<void> {
    const models = this.#modelsOf(container);
    const name = nameOf(target.key);
    let loaded = models.get(name);
    if (!loaded) {
      loaded = { there: this.#loadInto(container, url, target), used: 0 };
      models.set(name, loaded);
      loaded.there.catch(() => models.delete(name));
    }
    loaded.used = ++this.#uses;
    await loaded.there;
  }

  async #loadInto(container: Running, url: string, { whose, prefix, key }: Target): Promise<void> {
    const name = nameOf(key);
    const uri = `${prefix.replace(/\/?$/, '/')}${key.replace(/^\//, '')}`;
    if (!container.fetchModel) throw new Error('its containers have no way to get several models');
    const place = await container.fetchModel(uri, name).catch(() => {
      throw notDownloaded(uri);
    });
    const request = {
      path: '/models',
      headers: { 'Content-Type': 'application/json' },
      body: Buffer.from(JSON.stringify({ model_name: name, url: place })),
    };
    for (;;) {
      const answered = await call(url, request, this.#seconds);
      const text = (await buffer(answered)).toString('utf8');
      // It has it already, or has it now.
      if (answered.statusCode === 200 || answered.statusCode === 409) return;
      if (answered.statusCode !== 507 || !(await this.#unloadOne(container, url, name)))
        throw modelError(whose, answered.statusCode ?? 0, text);
    }
  }

  /** Whether there was another one to unload. */
  async #unloadOne(container: Running, url: string, except: string): Promise<boolean> {
    const models = this.#modelsOf(container);
    const [oldest] = [...models]
      .filter(([name]) => name !== except)
      .toSorted(([, one], [, other]) => one.used - other.used);
    if (!oldest) return false;
    models.delete(oldest[0]);
    await fetch(`${url}/models/${oldest[0]}`, { method: 'DELETE' });
    return true;
  }

  #modelsOf(container: Running): Map<string, Loaded> {
    const models = this.#byContainer.get(container) ?? new Map<string, Loaded>();
    this.#byContainer.set(container, models);
    return models;
  }
}

/** Containers are not told the name on S3. */
const nameOf = (key: string) => createHash('sha256').update(key).digest('hex').slice(0, 32);

function notDownloaded(uri: string): AwsError {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(uri) ?? [];
  return new AwsError(
    'ValidationError',
    `Failed to download model data(bucket: ${bucket}, key: ${key}). Please ensure that there is an object located at ` +
      'the URL and that the role passed to CreateModel has permissions to download the model.',
  );
}
