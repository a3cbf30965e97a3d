import { basename } from 'node:path';
import { type Check, failed, failedIfAny, passed, skipped } from '../check.ts';
import { takesNoServe } from '../containers/declaration.ts';
import { limits, sources } from '../sources.ts';

/** A line of a shell without what stands in quotes or $(…), and without where its output goes: none of it ends a command. */
function withoutTexts(line: string): string {
  return line.replace(/'[^']*'?|"(?:\\.|[^"\\])*"?|\$\([^()]*\)?/gs, "''").replace(/[<>]&[\d-]|&>/g, '');
}

export const image: readonly Check[] = [
  {
    id: 'entry-point',
    level: 'must',
    sentence: 'has an ENTRYPOINT in exec form that takes the argument serve',
    source: sources.hosting,
    consequence: 'it does not start, or SIGTERM reaches a shell that does not pass it on',
    fix: 'ENTRYPOINT ["/path/of/your/program"], with brackets; exec before the program where a shell starts it; no tini',
    needs: ['declaration'],
    withoutServer: true,
    async run({ declaration }) {
      const entrypoint = declaration?.entrypoint;
      if (!entrypoint) return skipped('the base image decides');
      const [program = '', flag] = entrypoint;
      // Without one, `serve` is looked for on the PATH, and that it starts is another check.
      if (!program) return passed('none: serve is looked for on the PATH');
      const isShell = /^(sh|bash|ash|dash)$/.test(basename(program)) && flag === '-c';
      // A program that the shell is replaced by, as the last thing that it does, gets the signals.
      const last = withoutTexts(entrypoint[2] ?? '')
        .split(/&&|[;\n]/)
        .findLast((command) => command.trim());
      if (isShell && !(last?.trim().startsWith('exec ') && !/[|&]/.test(last)))
        return failed(`a shell stays before it, as in shell form: ${entrypoint.slice(2).join(' ')}`);
      if (basename(program) === 'tini') return failed('it is tini');
      const strict = takesNoServe(declaration);
      if (strict !== undefined)
        return failed(`${strict} takes no argument serve, which it is given: ${entrypoint.join(' ')}`);
      return passed(entrypoint.join(' '));
    },
  },
  {
    id: 'architecture',
    level: 'must',
    sentence: 'is built for the architecture of its instance type',
    source: sources.container,
    consequence: '"exec format error", and the endpoint fails',
    fix: 'docker build --platform with the one that the instance type has',
    needs: ['declaration'],
    withoutServer: true,
    async run({ declaration, target }) {
      if (!target) return skipped('the instance type is not known: give it with --instance-type');
      if (!declaration?.platform) return skipped('the build decides');
      const words = `${declaration.platform}; ${target.instanceType} is ${target.platform}`;
      return declaration.platform === target.platform ? passed(words) : failed(words);
    },
  },
  {
    id: 'manifest',
    level: 'must',
    sentence: "has a manifest that SageMaker takes: Docker's, neither OCI's nor a list",
    source: sources.oci,
    consequence:
      'CreateModel fails: "Unsupported manifest media type application/vnd.oci.image.manifest.v1+json"',
    fix: 'docker buildx build --provenance=false --sbom=false --output type=docker,oci-mediatypes=false; podman build --format docker',
    needs: ['image'],
    withoutServer: true,
    async run({ declaration }) {
      const type = declaration?.manifestType;
      if (!type)
        return skipped(
          'this engine does not say what it will push; after the push, aws ecr describe-images says so as imageManifestMediaType',
        );
      return /index|list|\.oci\./.test(type) ? failed(`it is ${type}`) : passed(type);
    },
  },
  {
    id: 'size',
    level: 'info',
    sentence: 'is small enough for a serverless endpoint (10 GB)',
    source: sources.serverless,
    consequence: 'serverless endpoints refuse it; the larger it is, the longer each instance takes to start',
    fix: 'build in stages; leave compilers, caches and the model out',
    needs: ['image'],
    withoutServer: true,
    async run({ declaration }) {
      const bytes = declaration?.size ?? 0;
      const words = `${(bytes / 1024 ** 3).toFixed(2)} GiB`;
      return bytes > limits.serverlessImageBytes ? failed(words) : passed(words);
    },
  },
  {
    id: 'labels',
    level: 'should',
    sentence: 'spells the values of its SageMaker labels as true or false',
    source: sources.multiContainer,
    consequence: 'SageMaker does not understand them, and takes the capability for absent',
    fix: 'LABEL com.amazonaws.sagemaker.capabilities.…=true',
    needs: ['declaration'],
    withoutServer: true,
    async run({ declaration }) {
      const claimed = Object.entries(declaration?.labels ?? {}).filter(([name]) =>
        name.startsWith('com.amazonaws.sagemaker.capabilities.'),
      );
      return failedIfAny(
        claimed
          .filter(([, value]) => !['true', 'false'].includes(value))
          .map(([name, value]) => `${name}=${value}`),
        claimed.length ? undefined : 'none',
      );
    },
  },
  {
    id: 'secrets',
    level: 'should',
    sentence: 'holds no secrets in its environment, its commands or its layers',
    source: sources.container,
    consequence: 'whoever can pull the image has them, also those that a later layer deletes',
    fix: 'pass secrets to a build by RUN --mount=type=secret, and to a container by Secrets Manager',
    needs: ['declaration'],
    withoutServer: true,
    async run({ declaration }) {
      if (!declaration) return skipped('nothing to look at');
      const named = Object.entries(declaration.environment).filter(
        ([name, value]) =>
          secretName.test(name) &&
          !/(_ARN|_ID|_FILE|_PATH|_NAME)$/i.test(name) &&
          // A switch or a number such as MAX_TOKENS is none.
          !/^(true|false|yes|no|on|off|[\d.]*|.{1,5})$/i.test(value),
      );
      const texts = [...Object.values(declaration.environment), ...declaration.history];
      const paths = ((await declaration.files?.()) ?? []).filter((path) => secretFile.test(path));
      return failedIfAny([
        ...named.map(([name]) => `the variable ${name}`),
        ...secretValues
          .filter(([pattern]) => texts.some((text) => pattern.test(text)))
          .map(([, what]) => what),
        ...[...new Set(paths)].slice(0, 5).map((path) => `the file /${path}`),
      ]);
    },
  },
];

const secretName = /(^|_)(TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS)($|_)/i;
const secretFile =
  /(^|\/)(\.aws\/credentials|\.netrc|\.pypirc|\.git-credentials|\.docker\/config\.json|id_(rsa|ed25519|ecdsa)|\.cache\/huggingface\/token|\.env)$/;
const secretValues: readonly [RegExp, string][] = [
  [/(^|[^A-Z0-9])(AKIA|ASIA)[A-Z0-9]{16}([^A-Z0-9]|$)/, 'an AWS access key'],
  [/\bhf_[A-Za-z0-9]{30,}/, 'a Hugging Face token'],
  [/\bgh[pousr]_[A-Za-z0-9]{30,}/, 'a GitHub token'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
  [/:\/\/[^/\s:@$]+:[^/\s:@$]+@/, 'a password in an address'],
];
