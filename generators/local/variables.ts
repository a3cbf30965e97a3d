import { account } from './hosting.ts';

/** Any role would do: nobody asks IAM. */
const role = `arn:aws:iam::${account}:role/service-role/SageMakerExecution`;

/**
 * Variables of AWS that say how a client works. Of all others, each may be a credential, or send a client elsewhere: what
 * is not known here is not passed on.
 */
const harmless =
  /^AWS_(CA_BUNDLE|CLI_\w+|DATA_PATH|DEFAULT_OUTPUT|DEFAULTS_MODE|MAX_ATTEMPTS|PAGER|RETRY_MODE|(CONFIG|SHARED_CREDENTIALS)_FILE)$/;

const isKept = (name: string) => !name.startsWith('AWS_') || harmless.test(name);

/** Unset in a shell whether they are set here or not: the lines may be for another one. */
const usual = [
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_SESSION_TOKEN',
  'AWS_SECURITY_TOKEN',
  'AWS_CREDENTIAL_EXPIRATION',
];

/** An environment without what could be used on AWS. */
export const withoutAws = (given: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(given).filter(([name]) => isKept(name)));

/** What a configuration file may say, and which would send a client to AWS all the same. */
const notElsewhere = {
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false',
  AWS_USE_FIPS_ENDPOINT: 'false',
  AWS_USE_DUALSTACK_ENDPOINT: 'false',
};

/** A service as its users meet it. */
export interface Answering {
  readonly url: string;
  /** What takes Docker's place in the deploy scripts, where there are no containers. */
  readonly containerCli?: string;
}

/** By which an AWS client asks the service, and the deploy scripts find a role. */
function variablesFor(
  { url, containerCli }: Answering,
  given: NodeJS.ProcessEnv,
): Readonly<Record<string, string>> {
  const noProxy = given.NO_PROXY ?? given.no_proxy;
  return {
    AWS_ENDPOINT_URL: url,
    ...notElsewhere,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: given.AWS_REGION ?? given.AWS_DEFAULT_REGION ?? 'us-east-1',
    AWS_DEFAULT_REGION: given.AWS_DEFAULT_REGION ?? given.AWS_REGION ?? 'us-east-1',
    // One of another account is of no use here.
    ROLE_ARN: given.ROLE_ARN?.includes(`:${account}:`) ? given.ROLE_ARN : role,
    ...(containerCli && { CONTAINER_CLI: containerCli }),
    // A proxy would look for this address on its own machine.
    NO_PROXY: noProxy ? `${noProxy},127.0.0.1` : '127.0.0.1',
    no_proxy: noProxy ? `${noProxy},127.0.0.1` : '127.0.0.1',
  };
}

/** The environment of a command that is to meet the service and nothing of AWS. */
export function environmentFor(service: Answering, given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...withoutAws(given), ...variablesFor(service, given) };
}

/** The same for a shell: lines to evaluate. */
export function exportsFor(service: Answering, given: NodeJS.ProcessEnv): string {
  const variables = variablesFor(service, given);
  // No other name is one that a shell has a variable of.
  const others = Object.keys(given).filter(
    (name) => /^\w+$/.test(name) && !isKept(name) && !(name in variables),
  );
  return [
    `unset ${[...new Set([...usual, ...others])].join(' ')}`,
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`),
  ].join('\n');
}

const quoted = (value: string) =>
  /^[\w:/.,-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
