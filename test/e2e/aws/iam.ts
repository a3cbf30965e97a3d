import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { account, inFront, role, type World } from './world.ts';

export interface Statement {
  readonly Sid: string;
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Condition?: { readonly StringEquals?: Readonly<Record<string, string>> };
}

/** A call of the AWS CLI: its arguments, one element each. */
export type Call = readonly string[];

/** A folder for the PATH whose AWS CLI writes down what it is called with; and who builds images. */
export const recording = (world: World, record: string) =>
  inFront(world, {
    aws: `printf '%s\\n' "$(printf '%s\\x1f' "$@" | tr '\\n' ' ')" >>${record}
# What docker has pushed, in the form that SageMaker refuses.
[[ $2 != describe-images || "$*" != *imageTag=* ]] || exec echo application/vnd.oci.image.manifest.v1+json
exec "$real" "$@"`,
    docker: `case "$*" in
  --version) echo Docker version 29 ;;
  "image inspect "*) echo linux/arm64 ;;
  login*) cat >/dev/null ;;
esac`,
    sleep: ':',
  });

export const callsIn = (record: string): Call[] =>
  readFileSync(record, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('\x1f').filter(Boolean));

/** After an option of a call; all that follow where it takes several. */
function option(call: Call, flag: string): string | undefined {
  const at = call.indexOf(flag);
  return at < 0 ? undefined : call[at + 1];
}

const pascal = (words: string) =>
  words.replace(/(^|-)([a-z])/g, (_all, _dash, letter) => letter.toUpperCase());

/** What IAM asks of a call: actions, and what they are done to. By its name, but for those that are not called alike. */
function asked(call: Call, region: string): { action: string; resource: string }[] {
  const [service = '', operation = ''] = call;
  const arn = (kind: string, what: string) => `arn:aws:${kind}:${region}:${account}:${what}`;
  if (service === 'sts') return [];
  if (service === 's3' || service === 's3api') {
    const uri = call.find((word) => word.startsWith('s3://'))?.slice('s3://'.length);
    const bucket = `arn:aws:s3:::${option(call, '--bucket') ?? uri?.split('/')[0]}`;
    const object = `arn:aws:s3:::${uri ?? `${option(call, '--bucket')}/${option(call, '--key')}`}`;
    const s3: Record<string, [string, string][]> = {
      cp: [['PutObject', object]],
      sync: [
        [
          call.filter((word) => !word.startsWith('--'))[2]?.startsWith('s3://') ? 'GetObject' : 'PutObject',
          `${object}x`,
        ],
        ['ListBucket', bucket],
      ],
      rm: [
        ['DeleteObject', `${object}x`],
        ['ListBucket', bucket],
      ],
      'list-objects-v2': [['ListBucket', bucket]],
      'head-object': [['GetObject', object]],
      'head-bucket': [['ListBucket', bucket]],
      mb: [['CreateBucket', bucket]],
      'put-public-access-block': [['PutBucketPublicAccessBlock', bucket]],
    };
    const found = s3[operation] ?? [[pascal(operation), bucket] as [string, string]];
    return found.map(([action, resource]) => ({ action: `s3:${action}`, resource }));
  }
  if (service === 'ecr') {
    if (operation === 'get-login-password') return [{ action: 'ecr:GetAuthorizationToken', resource: '*' }];
    const repository = option(call, '--repository-name') ?? option(call, '--repository-names');
    const resource = repository
      ? arn('ecr', `repository/${repository}`)
      : (option(call, '--resource-arn') ?? '');
    const tagged = call.includes('--tags') ? [{ action: 'ecr:TagResource', resource }] : [];
    return [{ action: `ecr:${pascal(operation)}`, resource }, ...tagged];
  }
  if (service === 'logs')
    return [
      {
        action: `logs:${pascal(operation)}`,
        resource: arn('logs', `log-group:${option(call, '--log-group-name')}`),
      },
    ];
  if (service === 'pricing') return [{ action: `pricing:${pascal(operation)}`, resource: '*' }];
  const action = `sagemaker:${pascal(operation)}`;
  if (operation.startsWith('list-') && operation !== 'list-tags') return [{ action, resource: '*' }];
  const kinds = { model: 'model', 'endpoint-config': 'endpoint-config', endpoint: 'endpoint' };
  const resources = Object.entries(kinds).flatMap(([kind]) =>
    option(call, `--${kind}-name`) ? [arn('sagemaker', `${kind}/${option(call, `--${kind}-name`)}`)] : [],
  );
  const of = option(call, '--resource-arn');
  const all = of ? [of] : resources;
  return [
    ...all.map((resource) => ({ action, resource })),
    ...(call.includes('--tags') ? all.map((resource) => ({ action: 'sagemaker:AddTags', resource })) : []),
    // In the name of whoever deletes it, AWS ends its autoscaling.
    ...(operation === 'delete-endpoint'
      ? [
          {
            action: 'application-autoscaling:DeregisterScalableTarget',
            resource: arn('application-autoscaling', 'scalable-target/0a1b'),
          },
        ]
      : []),
    ...(operation === 'create-model' ? [{ action: 'iam:PassRole', resource: role }] : []),
  ];
}

export const list = <T>(one: T | T[]) => (Array.isArray(one) ? one : [one]);

const fits = (pattern: string, text: string) =>
  new RegExp(
    `^${pattern
      .replace(/[.+^$(){}|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  ).test(text);

/** What the deployer of a project may do. */
export function statementsOf(project: string): Statement[] {
  const text = readFileSync(join(project, 'deploy/iam/deployer-policy.json'), 'utf8');
  return JSON.parse(text.replaceAll('ACCOUNT_ID', account)).Statement;
}

/** What calls ask for, each once; and that of it which a project's deployer may not do. */
export function judged(project: string, calls: readonly Call[], region: string) {
  const all = calls.flatMap((call) => asked(call, region));
  const needed = [...new Map(all.map((one) => [`${one.action} ${one.resource}`, one])).values()];
  const statements = statementsOf(project);
  const refused = needed.filter(
    ({ action, resource }) =>
      !statements.some(
        (one) =>
          list(one.Action).includes(action) && list(one.Resource).some((pattern) => fits(pattern, resource)),
      ),
  );
  return { needed, refused };
}
