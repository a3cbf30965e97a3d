import { account } from './hosting.ts';

/** Any role would do: nobody asks IAM. */
const role = `arn:aws:iam::${account}:role/service-role/SageMakerExecution`;

/** What would send a client elsewhere, or with credentials that are real. */
const others = [
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_SESSION_TOKEN',
  'AWS_SECURITY_TOKEN',
  'AWS_CREDENTIAL_EXPIRATION',
];

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
    ROLE_ARN: given.ROLE_ARN || role,
    ...(containerCli && { CONTAINER_CLI: containerCli }),
    // A proxy would look for this address on its own machine.
    NO_PROXY: noProxy ? `${noProxy},127.0.0.1` : '127.0.0.1',
    no_proxy: noProxy ? `${noProxy},127.0.0.1` : '127.0.0.1',
  };
}

/** The environment of a command that is to meet the service and nothing of AWS. */
export function environmentFor(service: Answering, given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(given).filter(
    ([name]) => !others.includes(name) && !name.startsWith('AWS_ENDPOINT_URL'),
  );
  return { ...Object.fromEntries(kept), ...variablesFor(service, given) };
}

/** The same for a shell: lines to evaluate. */
export function exportsFor(service: Answering, given: NodeJS.ProcessEnv): string {
  const elsewhere = Object.keys(given).filter((name) => /^AWS_ENDPOINT_URL_\w+$/.test(name));
  return [
    `unset ${[...others, ...elsewhere].join(' ')}`,
    ...Object.entries(variablesFor(service, given)).map(([name, value]) => `export ${name}=${quoted(value)}`),
  ].join('\n');
}

const quoted = (value: string) =>
  /^[\w:/.,-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
