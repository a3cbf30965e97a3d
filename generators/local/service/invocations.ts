import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError, notServed } from '../api/errors.ts';
import type { Clock } from '../clock.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import type { Endpoints } from '../endpoint/endpoints.ts';
import type { Picked } from '../endpoint/fleet.ts';
import type { Instance } from '../endpoint/instance.ts';
import { account } from '../hosting.ts';
import { call, type Invocation } from './container-call.ts';
import { failure } from './control.ts';
import { accept, pass, refuse, stream } from './invocation-answers.ts';
import { asked, headersFor, type Input, type Operation, type Own, passedBack } from './invocation-input.ts';
import { type Later, laterFor } from './later.ts';
import { broken, modelError } from './model-error.ts';
import { MultiModel } from './multi-model.ts';
import type { Others } from './others.ts';
import { bodyOf, hasToken, type Scope } from './request.ts';

/** Bytes of a request's body. */
const largest = { instance: 25 * 1024 * 1024, serverless: 4 * 1024 * 1024, later: 128_000 };
/** Bytes of an answer that is read as a whole: what may be held here, since AWS names no limit. */
const largestAnswer = { now: 64 * 1024 * 1024, later: 1024 * 1024 * 1024 };
/** Seconds for an answer, and for one that comes in parts. */
const limits = { whole: 60, stream: 480 };

interface World {
  readonly endpoints: Endpoints;
  /** Inference components. */
  readonly components: Endpoints;
  readonly clock: Clock;
  readonly others: Others;
}

/** Invocations of endpoints, by their paths. */
export function invocations({ endpoints, components, clock, others }: World) {
  const later = laterFor(clock, others);
  const models = new MultiModel(clock.limit(limits.whole));

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    { region }: Scope,
  ): Promise<void> {
    const { operation, input, isChat } = asked(request);
    if (isChat !== hasToken(request)) throw wrongCredentials(isChat);
    const host = reachable(endpoints.get(region, input.EndpointName as string), input);
    const endpoint = hosted(host, components.get(region, input.InferenceComponentName ?? ''), input);
    const isLater = operation === 'InvokeEndpointAsync';
    const body = await bodyOf(
      request,
      isLater ? largest.later : largest[isServerless(endpoint) ? 'serverless' : 'instance'],
    );
    const invocation = {
      path: isChat ? '/v1/chat/completions' : '/invocations',
      headers: headersFor(input),
      body,
    };
    const own = { endpoint, region, input };
    checkKind(own, operation);
    if (isLater)
      return accept(response, await later(own, invocation, (to, seconds) => whole(own, to, seconds)));
    const limit = operation === 'InvokeEndpoint' && !isChat ? limits.whole : limits.stream;
    const { variant, instance } = await chosen(own, (one) => models.has(one, input.TargetModel ?? ''));
    await instance.busy(async () => {
      const answered = await called(own, instance, invocation, limit);
      const kept = { ...passedBack(answered), 'x-Amzn-Invoked-Production-Variant': variant };
      if (isChat) await pass(response, answered, kept);
      else if (operation === 'InvokeEndpoint') {
        const content = await read(own, answered, largestAnswer.now);
        const type = answered.headers['content-type'];
        response.writeHead(200, {
          ...kept,
          ...(type && { 'Content-Type': type }),
          'Content-Length': content.length,
        });
        response.end(content);
      } else await stream(response, answered, kept);
    });
  }

  /** An answer as a whole, of whichever instance; for asynchronous invocations. */
  async function whole(own: Own, invocation: Invocation, seconds: number): Promise<Later> {
    const { instance } = await chosen(own);
    return instance.busy(async () => {
      const answered = await called(own, instance, invocation, seconds);
      return {
        body: await read(own, answered, largestAnswer.later),
        type: answered.headers['content-type'] ?? 'application/octet-stream',
      };
    });
  }

  /** The head of an answer with a status of success, or a ModelError. */
  async function called(own: Own, instance: Instance, invocation: Invocation, seconds: number) {
    try {
      const { TargetModel: key } = own.input;
      const answered = await (key === undefined
        ? call(instance.url ?? '', invocation, clock.limit(seconds))
        : models.call(
            instance,
            { whose: whose(own), prefix: prefixOf(own), key },
            invocation,
            clock.limit(seconds),
          ));
      const status = answered.statusCode ?? 0;
      if (status >= 200 && status < 300) return answered;
      throw modelError(whose(own), status, (await read(own, answered, largestAnswer.now)).toString('utf8'));
    } catch (error) {
      throw error instanceof AwsError ? error : broken(whose(own), error);
    }
  }

  return async (request: IncomingMessage, response: ServerResponse, scope: Scope): Promise<void> => {
    try {
      await answer(request, response, scope);
    } catch (error) {
      // What the client is still sending.
      request.resume();
      if (response.headersSent) response.destroy();
      else refuse(response, error instanceof AwsError ? error : failure(error));
    }
  };
}

const invalid = (message: string) => new AwsError('ValidationError', message);

/** Chats come with a token, and all else is signed. */
const wrongCredentials = (isChat: boolean) =>
  new AwsError(
    'AccessDeniedException',
    isChat
      ? 'The path of OpenAI takes a bearer token, as generate_token of sagemaker.core.token_generator makes it, in place of a signature.'
      : 'A bearer token is taken at /openai/v1/chat/completions alone.',
    403,
  );

/** Members that need what this service has not. */
const needing = { TargetContainerHostname: 'hostname', EnableExplanations: 'explanations' } as const;

function reachable(endpoint: Endpoint | undefined, input: Input): Endpoint {
  for (const [member, what] of Object.entries(needing))
    if (member in input) throw invalid(notServed(what).message);
  // Whoever makes an endpoint may write its name in any case, and whoever calls it in that one alone.
  const isIt = endpoint?.record.name === input.EndpointName;
  if (!endpoint || !isIt || ['Creating', 'Failed', 'Deleting'].includes(endpoint.record.status))
    throw invalid(`Endpoint ${input.EndpointName} of account ${account} not found.`);
  const { TargetVariant: target } = input;
  if (target && !endpoint.variants.some(({ name }) => name === target))
    throw invalid(`Variant ${target} not found for endpoint ${input.EndpointName} of account ${account}.`);
  return endpoint;
}

/** What answers: the endpoint itself, or the inference component on it that the request names. */
function hosted(host: Endpoint, component: Endpoint | undefined, input: Input): Endpoint {
  const { InferenceComponentName: name } = input;
  const hasModels = host.variants.some(({ variant }) => variant.ModelName);
  if (hasModels && name === undefined) return host;
  if (hasModels)
    throw invalid(
      `Endpoint ${input.EndpointName} has models of its own: it takes no InferenceComponentName.`,
    );
  if (name === undefined)
    throw new AwsError(
      'ValidationError',
      'Inference Component Name header is required for endpoints to which you plan to deploy inference components. ' +
        'Please include Inference Component Name header or consider using SageMaker models.',
      400,
      { ErrorCode: 'INFERENCE_COMPONENT_NAME_MISSING' },
    );
  const isOn = component?.record.host?.endpoint === host.record.name;
  if (!component || !isOn || ['Creating', 'Failed', 'Deleting'].includes(component.record.status))
    throw invalid(`Inference Component ${name} of endpoint ${input.EndpointName} not found.`);
  return component;
}

const whose = ({ endpoint, region }: Own) => ({ logGroup: endpoint.logGroup, region });

/** Where the models of a multi-model endpoint are; empty for others. */
function prefixOf({ endpoint }: Own): string {
  const [container] = Object.values(endpoint.record.deployed.models);
  return container?.Mode === 'MultiModel' ? (container.ModelDataUrl ?? '') : '';
}

/** Refuses what an endpoint of its kind does not take. */
function checkKind(own: Own, operation: Operation): void {
  const { EndpointName: name, TargetModel: target } = own.input;
  const isLater = operation === 'InvokeEndpointAsync';
  const forLater = own.endpoint.record.deployed.configuration.input.AsyncInferenceConfig !== undefined;
  if (isLater && !forLater) throw invalid(`Endpoint ${name} is not configured for asynchronous inference.`);
  if (!isLater && forLater)
    throw invalid(`Endpoint ${name} is for asynchronous inference: use InvokeEndpointAsync.`);
  const several = prefixOf(own) !== '';
  if (several && operation !== 'InvokeEndpoint')
    throw invalid(`Endpoint ${name} is a multi-model endpoint, which ${operation} does not support.`);
  if (several && target === undefined)
    throw invalid(`Endpoint ${name} is a multi-model endpoint: TargetModel must be specified.`);
  if (!several && target !== undefined)
    throw invalid(`Endpoint ${name} is not a multi-model endpoint and does not support target model header.`);
}

async function chosen(
  { endpoint, input, region }: Own,
  isPreferred?: (one: Instance) => boolean,
): Promise<Picked> {
  const found = endpoint.pick(input.TargetVariant, isPreferred);
  if (found) return found;
  if (endpoint.record.host)
    throw invalid(
      'Inference Component has no capacity to process this request. ApplicationAutoScaling may be in-progress (if ' +
        'configured) or try to increase the capacity by invoking UpdateInferenceComponentRuntimeConfig API.',
    );
  if (!isServerless(endpoint))
    throw new AwsError('ServiceUnavailable', 'The service is unavailable. Please retry.', 503);
  const grown = await endpoint.grow().catch((error: Error) => {
    throw modelError({ logGroup: endpoint.logGroup, region }, 500, error.message);
  });
  if (!grown) throw new AwsError('ThrottlingException', 'Rate exceeded', 429);
  return grown;
}

const isServerless = ({ variants }: Endpoint) => variants.some(({ variant }) => variant.ServerlessConfig);

async function read(own: Own, answered: IncomingMessage, most: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of answered) {
      length += part.length;
      // Leaving the loop ends the connection.
      if (length > most) break;
      parts.push(part);
    }
  } catch (error) {
    throw broken(whose(own), error);
  }
  if (length > most)
    throw modelError(whose(own), answered.statusCode ?? 0, `the answer has more than ${most} bytes`);
  return Buffer.concat(parts);
}
