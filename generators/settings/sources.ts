import { join } from 'node:path';
import { packageName } from '../package.ts';
import { configFile } from './config-file.ts';
import { descriptions, keys } from './descriptions.ts';
import type { CommandLine } from './flags.ts';
import { readJsonFile, readJsonSection } from './json-file.ts';
import { fullPath } from './paths.ts';
import { didYouMean, type Problem, shown, UsageError } from './problems.ts';
import { refuseRenaming, refuseReserved } from './reserved.ts';
import type { Key } from './schema.ts';

const configVariable = 'ML_CONTAINER_CREATOR_CONFIG';
const packageSection = 'ml-container-creator';

/** A value that somebody gave, and where: `--framework`, `ML_FRAMEWORK`, `prod.json`, … */
export interface Given {
  readonly value: unknown;
  readonly origin: string;
  /** Whether a file gives it. */
  readonly isFile?: true;
}

/** What was given for each setting by the strongest source that gives it. */
export type GivenValues = Partial<Record<Key, Given>>;

export interface Surroundings {
  readonly commandLine: CommandLine;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The current folder: config files and relative paths are found from here. */
  readonly cwd: string;
}

/**
 * Everything that was given, strongest first: flags, first argument, `ML_*` variables, `--config`,
 * `ml-container.config.json`, package.json, `.yo-rc.json`. `ambient` ranks below a prompt's answer: it holds the
 * variables, such as AWS_REGION, that were set for other tools. Throws UsageError where the first argument is no name.
 */
export async function collect({ commandLine, env, cwd }: Surroundings): Promise<{
  given: GivenValues;
  ambient: GivenValues;
  problems: Problem[];
  /** Whether a file was named or is there, and cannot be read: nobody knows what is missing. */
  unread: boolean;
}> {
  const problems: Problem[] = [];
  let unread = false;
  const file = async (read: () => Promise<GivenValues>): Promise<GivenValues> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problems.push(...error.problems);
      unread = true;
      return {};
    }
  };
  const before = [
    fromFlags(commandLine),
    fromArgument(commandLine),
    fromVariables(env, problems),
    await file(() => fromNamedConfig(commandLine, env, cwd, problems)),
  ];
  const answers = await file(async () =>
    fromObject(await readJsonFile(join(cwd, configFile), configFile), configFile, problems),
  );
  const sources: GivenValues[] = [
    ...before,
    answers,
    await file(async () => {
      const section = await readJsonSection(join(cwd, 'package.json'), 'package.json', packageSection);
      return fromObject(section, `"${packageSection}" in package.json`, problems);
    }),
    await file(async () => {
      const section = await readJsonSection(join(cwd, '.yo-rc.json'), '.yo-rc.json', packageName);
      // Yeoman keeps things of its own there: what is no setting is none of our business.
      return fromObject(section, '.yo-rc.json', []);
    }),
  ];
  const given: GivenValues = Object.assign({}, ...sources.reverse());
  const { argument } = commandLine;
  const recorded = answers.projectName?.value;
  // The answers of a project stand for itself, until they are used for one elsewhere.
  const isHere = given.projectDir?.origin === configFile && given.projectDir.value === '.';
  if (argument !== undefined && isHere && typeof recorded === 'string') refuseRenaming(argument, recorded);
  return { given, ambient: fromAmbient(env), problems, unread };
}

function fromFlags({ flags }: CommandLine): GivenValues {
  return pick((key) => {
    const { flag } = descriptions[key];
    return flags[flag] === undefined ? undefined : { value: flags[flag], origin: `--${flag}` };
  });
}

function fromArgument({ argument }: CommandLine): GivenValues {
  if (argument === undefined) return {};
  refuseReserved(argument);
  return { projectName: { value: argument, origin: 'first argument' } };
}

function fromVariables(env: Surroundings['env'], problems: Problem[]): GivenValues {
  const known = [...keys.map((key) => descriptions[key].variable), configVariable];
  for (const name of Object.keys(env)) {
    if (name.startsWith('ML_') && !known.includes(name)) {
      problems.push(`the environment variable ${name} is no setting${didYouMean(name, known)}`);
    }
  }
  return pick((key) => fromVariable(env, descriptions[key].variable));
}

function fromAmbient(env: Surroundings['env']): GivenValues {
  return pick((key) => {
    const found = (descriptions[key].ambient ?? []).map((name) => fromVariable(env, name));
    return found.find((given) => given !== undefined);
  });
}

/** CI systems set variables to nothing where they mean to leave them unset. */
function fromVariable(env: Surroundings['env'], name: string): Given | undefined {
  return env[name] ? { value: env[name], origin: name } : undefined;
}

async function fromNamedConfig(
  { flags }: CommandLine,
  env: Surroundings['env'],
  cwd: string,
  problems: Problem[],
): Promise<GivenValues> {
  const path = flags.config ?? env[configVariable];
  if (typeof path !== 'string') return {};
  const calledBy = flags.config === undefined ? configVariable : '--config';
  const content = await readJsonFile(fullPath(cwd, path), `${path} (${calledBy})`);
  if (!content) throw new UsageError([`the config file ${shown(path)} (${calledBy}) does not exist`]);
  return fromObject(content, path, problems);
}

function fromObject(content: unknown, origin: string, problems: Problem[]): GivenValues {
  if (content === undefined) return {};
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new UsageError([`${origin} holds ${shown(content)}, not an object of settings`]);
  }
  const entries = Object.entries(content).filter(([name]) => name !== '$schema');
  for (const [name] of entries) {
    if (!isKey(name)) problems.push(`unknown setting "${name}" in ${origin}${didYouMean(name, keys)}`);
  }
  return Object.fromEntries(
    entries.filter(([name]) => isKey(name)).map(([name, value]) => [name, { value, origin, isFile: true }]),
  );
}

function isKey(name: string): name is Key {
  return Object.hasOwn(descriptions, name);
}

function pick(find: (key: Key) => Given | undefined): GivenValues {
  return Object.fromEntries(
    keys.flatMap((key) => {
      const given = find(key);
      return given ? [[key, given]] : [];
    }),
  );
}
