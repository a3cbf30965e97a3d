import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { DockerfileParser, type From, type Instruction, Keyword } from 'dockerfile-ast';

/** What an image says of itself: read from its configuration, or from the Dockerfile that it is built from. */
export interface Declaration {
  readonly from: 'the image' | 'the Dockerfile';
  readonly labels: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  /** Absent where the base image decides. */
  readonly entrypoint?: readonly string[];
  /** Of linux/amd64 or linux/arm64; absent where the build decides. */
  readonly platform?: string;
  /** The commands that made it, for a look at what they give away. */
  readonly history: readonly string[];
  /** In bytes. */
  readonly size?: number;
  /** Of its manifest, where the engine or a registry knows it. */
  readonly manifestType?: string;
  /** Paths in its layers. */
  readonly files?: () => Promise<readonly string[]>;
}

/** Servers that end with an error for an argument that they do not know. */
const strictServers = /^(uvicorn|hypercorn|daphne|waitress-serve|fastapi|flask|litestar)$/;

/** Which of them its entry point starts, by its name or as a module of Python. */
export function takesNoServe({ entrypoint = [] }: Pick<Declaration, 'entrypoint'> = {}): string | undefined {
  const [program = '', ...rest] = entrypoint;
  const module = /^python[\d.]*$/.test(basename(program)) && rest[0] === '-m' ? rest[1] : undefined;
  const name = module ?? basename(program);
  return strictServers.test(name) ? name : undefined;
}

/** What the last stage of a Dockerfile declares, with the stages that it builds on. */
export function readDockerfile(path: string): Declaration {
  const stages: Instruction[][] = [];
  const dockerfile = DockerfileParser.parse(readFileSync(path, 'utf8'));
  for (const instruction of dockerfile.getInstructions()) {
    if (instruction.getKeyword() === Keyword.FROM) stages.push([]);
    stages.at(-1)?.push(instruction);
  }
  const labels: Record<string, string> = {};
  const environment: Record<string, string> = {};
  const history: string[] = [];
  let entrypoint: string[] | undefined;
  let platform: string | undefined;
  for (const instruction of lineage(stages).flat()) {
    const keyword = instruction.getKeyword();
    const text = instruction.getArgumentsContent() ?? '';
    history.push(`${keyword} ${text}`);
    if (keyword === Keyword.FROM) platform = (instruction as From).getPlatformFlag()?.getValue() ?? platform;
    else if (keyword === Keyword.LABEL) Object.assign(labels, properties(instruction));
    else if (keyword === Keyword.ENV) Object.assign(environment, properties(instruction));
    else if (keyword === Keyword.ENTRYPOINT) entrypoint = execForm(text) ?? ['/bin/sh', '-c', text];
  }
  return {
    from: 'the Dockerfile',
    labels,
    environment,
    history,
    ...(entrypoint && { entrypoint }),
    ...(platform && /^linux\/(amd64|arm64)/.test(platform) && { platform }),
  };
}

/** The last stage and those that it is built from, first one first. */
function lineage(stages: Instruction[][]): Instruction[][] {
  const of = (index: number): Instruction[][] => {
    const stage = stages[index];
    if (!stage) return [];
    const base = (stage[0] as From).getImage();
    const parent = stages.findIndex(
      ([from], other) => other < index && base !== null && (from as From).getBuildStage() === base,
    );
    return [...of(parent), stage];
  };
  return of(stages.length - 1);
}

function properties(instruction: Instruction): Record<string, string> {
  const pairs = instruction as unknown as {
    getProperties(): { getName(): string; getValue(): string | null }[];
  };
  return Object.fromEntries(pairs.getProperties().map((pair) => [pair.getName(), pair.getValue() ?? '']));
}

function execForm(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((part) => typeof part === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}
