import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { clock } from '../clock.ts';
import { Endpoints, type Means } from '../endpoint/endpoints.ts';
import { Scaling } from '../endpoint/scaling.ts';
import { endAll } from '../ends.ts';
import { Faults } from '../faults/faults.ts';
import { withFaults } from '../faults/front.ts';
import type { Containers, Fault, Surroundings } from '../hosting.ts';
import { endpointConfigurations } from '../resources/endpoint-configurations.ts';
import { endpoints as endpointCalls } from '../resources/endpoints.ts';
import { inferenceComponents } from '../resources/inference-components.ts';
import type { EndpointConfiguration, Model } from '../resources/kinds.ts';
import { models } from '../resources/models.ts';
import { tags } from '../resources/tags.ts';
import { transformJobs } from '../resources/transform-jobs.ts';
import { Collection } from '../state.ts';
import { TransformJobs } from '../transform/jobs.ts';
import { withoutPages } from './callers.ts';
import { controlPlane } from './control.ts';
import { invocationOf } from './invocation-input.ts';
import { invocations } from './invocations.ts';
import { Others } from './others.ts';
import { scopeOf } from './request.ts';

export interface ServiceOptions {
  readonly containers: Containers;
  readonly surroundings: Surroundings;
  /** Where what exists is kept. */
  readonly folder: string;
  /** A free one by default. */
  readonly port?: number;
  /** How many of the service's seconds pass in a real one. */
  readonly timeScale?: number;
  /** The same for limits on the work of containers; for tests, whose containers have none. */
  readonly limitScale?: number;
  readonly faults?: readonly Fault[];
}

export interface Service {
  readonly url: string;
  /** Ends all containers, then those that started them and the surroundings; what exists is kept. */
  close(): Promise<void>;
}

/** Starts SageMaker hosting on loopback, with all other requests for AWS going to its surroundings. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { containers, surroundings, folder } = options;
  const time = clock(options.timeScale, options.limitScale);
  const faults = new Faults(options.faults ?? [], time);
  let url = '';
  const others = new Others(() => url);
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 65_000 });
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(options.port ?? 0, '127.0.0.1', done);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const means: Means = {
    containers,
    surroundings,
    clock: time,
    faults,
    alarm: (region, names) => others.alarm(region, names),
  };
  const endpoints = new Endpoints(means, folder, 'endpoints');
  const components = new Endpoints(means, folder, 'inference-components');
  const world = {
    clock: time,
    surroundings,
    models: new Collection<Model>(folder, 'models'),
    configurations: new Collection<EndpointConfiguration>(folder, 'endpoint-configurations'),
    endpoints,
    components,
    jobs: new TransformJobs({ containers, surroundings, clock: time, others }, folder),
  };
  const control = controlPlane({
    ...models(world),
    ...endpointConfigurations(world),
    ...endpointCalls(world),
    ...tags(world),
    ...transformJobs(world),
    ...inferenceComponents(world),
  });
  const scaling = new Scaling({ endpoints, clock: time, policies: (region) => others.policies(region) });
  const invoke = invocations({ endpoints, components, clock: time, others });

  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const invoked = invocationOf(request);
    // Chats without a token are refused like others with a wrong one.
    const scope = scopeOf(request) ?? (invoked?.isChat ? { region: '', service: 'sagemaker' } : undefined);
    if (scope?.service !== 'sagemaker') return surroundings.handle(request, response);
    void (invoked ? invoke : control)(request, response, scope);
  };
  server.on('request', withoutPages(withFaults(faults, handle)));
  return {
    url,
    async close() {
      server.close();
      await endAll([
        () => scaling.close(),
        () => Promise.all([endpoints.close(), components.close(), world.jobs.close()]),
        () => containers.close(),
        () => surroundings.close(),
        () => server.closeAllConnections(),
      ]);
    },
  };
}
