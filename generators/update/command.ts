import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join, relative } from 'node:path';
import { packageFolder, packageVersion } from '../package.ts';
import { printableLines, printError } from '../printable.ts';
import { alone, isInterrupted, refuseWhileRunning } from '../render/alone.ts';
import { apply, type Change } from '../render/apply.ts';
import { putInOrder } from '../render/in-order.ts';
import { journalOf, stampsOf } from '../render/journal.ts';
import { describeProject } from '../render/project.ts';
import { type ProjectRecord, readRecord, recordFile, refuseNewer } from '../render/record.ts';
import { type RenderedFile, renderProject } from '../render/render.ts';
import { modelToCopy } from '../render/write.ts';
import { serverVersion } from '../server-version.ts';
import { configFile } from '../settings/config-file.ts';
import { fullPath } from '../settings/paths.ts';
import { shown, UsageError, WorkError } from '../settings/problems.ts';
import { complete, type Draft, draftSettings } from '../settings/resolve.ts';
import { readSample } from '../settings/sample.ts';
import { scriptPath } from '../settings/script.ts';
import { changelogBetween } from './changelog.ts';
import { type Decided, planUpdate } from './changes.ts';
import { gather, pathsOf } from './facts.ts';
import type { UpdateRequest } from './flags.ts';
import { type Lack, type Repository, repositoryOf } from './git.ts';
import { learnAgain } from './model.ts';
import { reasons } from './plan.ts';
import { diffs, summary } from './say.ts';

/** Where a run writes: standard output, but for tests of Yeoman. */
interface Output {
  readonly isTTY?: boolean;
  write(text: string): void;
}

/** Those of what went well; errors have their own. */
const exitCodes = { done: 0, found: 1, open: 3 } as const;

/** Of a project without a record: its server has the version, but for that of 0.1.0, which recorded nothing. */
function versionOf(folder: string): string {
  return serverVersion(folder) ?? '0.1.0';
}

/** Brings a project up to date, or says what that would change; the exit code that tells how it went. */
export async function runUpdate(request: UpdateRequest, cwd: string, output: Output): Promise<number> {
  try {
    return await updateAlone(request, cwd, output);
  } catch (error) {
    // A file that may not be read, a folder for temporary ones that is not there: the system names it.
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new WorkError(`nothing is updated: ${(error as Error).message}`);
  }
}

async function updateAlone(request: UpdateRequest, cwd: string, output: Output): Promise<number> {
  const folder = projectFolder(request.folder, cwd);
  if (request.check) {
    refuseInterrupted(folder);
    return update(request, folder, cwd, output);
  }
  const say = (line: string) => output.write(`${line}\n`);
  await putInOrder(folder, say, () => draftOf(request, folder, cwd));
  return alone(folder, say, () => update(request, folder, cwd, output));
}

/** What is read here may be between what it was and what it will be. */
function refuseInterrupted(folder: string): void {
  if (!existsSync(journalOf(folder))) return;
  refuseWhileRunning(folder);
  throw new WorkError(
    'an earlier run was interrupted: `ml-container-creator update` takes back what it has changed',
  );
}

async function update(request: UpdateRequest, folder: string, cwd: string, output: Output): Promise<number> {
  const { check, force } = request;
  const say = (...lines: string[]) => output.write(printableLines(lines.map((line) => `${line}\n`).join('')));
  // Before any of it is read: what is saved from here on is not what this is done for.
  const answers = stampsOf(folder, [configFile, recordFile]);
  const draft = await draftOf(request, folder, cwd);
  const record = await readRecord(folder);
  const from = record?.generator ?? versionOf(folder);
  const to = packageVersion();
  refuseNewer(from);
  const files = await renderAgain(request, draft, folder, record);
  const repository = theRepository(folder, force);
  const seen = new Map([...stampsOf(folder, pathsOf(files, record)), ...answers]);
  const { decisions, changes } = planUpdate(
    folder,
    files,
    gather({ folder, files, record, repository }),
    record,
  );
  if (!check && !force) {
    refuseWithoutHistory(decisions);
    refuseUncommitted(repository, changes);
  }
  const name = shown(relative(cwd, folder) || '.').slice(1, -1);
  const versions = from === to ? `version ${to}` : `version ${from} to ${to}`;
  if (request.diff) {
    const text = diffs(
      folder,
      changes.filter(({ path }) => path !== recordFile),
    );
    // A program gets it as it is.
    output.write(output.isTTY ? printableLines(text) : text);
  }
  if (!check && changes.length) await apply(folder, changes, seen);
  // Only now: an update that fails has done nothing.
  const open = decisions.some(({ beside }) => beside !== undefined);
  if (!changes.length && !open) say(`${name} is up to date with version ${to}.`);
  else if (!changes.length) say(`${name} has version ${to}, but for what you have not settled yet:`);
  else say(`${check ? 'Would update' : 'Updated'} ${name}, ${from === to ? versions : `from ${versions}`}:`);
  say(...summary(decisions));
  const isNew = decisions.some(({ kind, beside }) => kind === 'add' || beside !== undefined);
  if (!check && isNew && repository)
    say(
      'Commit what is new as well, each .new until you have settled it: a clone takes what it lacks for deleted or settled.',
    );
  if (check) say(...news(from, to));
  if (check) return changes.length > 0 || open ? exitCodes.found : exitCodes.done;
  return open ? exitCodes.open : exitCodes.done;
}

function projectFolder(given: string, cwd: string): string {
  const folder = fullPath(cwd, given);
  if (existsSync(join(folder, configFile)) || isInterrupted(folder)) return realpathSync(folder);
  throw new UsageError([
    `${shown(given)} is no project: it has no ${configFile}, which the generator writes beside the Dockerfile`,
  ]);
}

/** The project's answers, and those of the command line. Variables of the environment are for new projects. */
async function draftOf({ answers }: UpdateRequest, folder: string, cwd: string): Promise<Draft> {
  const fromFolder = (flag: string) => {
    const path = answers[flag];
    return typeof path === 'string' && { [flag]: relative(folder, fullPath(cwd, path)) };
  };
  const flags = {
    ...answers,
    'project-dir': '.',
    ...fromFolder('model-path'),
    ...fromFolder('sample-data'),
    ...fromFolder('inference-script'),
  };
  const draft = await draftSettings({ commandLine: { flags }, env: {}, cwd: folder });
  return { ...draft, needsNoModel: !isModelNamed(answers) };
}

function isModelNamed(answers: UpdateRequest['answers']): boolean {
  return answers['model-path'] !== undefined || answers['model-name'] !== undefined;
}

/** The project as this generator makes it from its answers. */
async function renderAgain(
  { answers }: UpdateRequest,
  given: Draft,
  folder: string,
  record: ProjectRecord | undefined,
): Promise<RenderedFile[]> {
  const draft = await readSample(await learnAgain(given, record, isModelNamed(answers)));
  const project = describeProject(complete(draft), folder, draft);
  if (project.modelLink)
    throw new UsageError([
      `modelPath: model/ is left to you: make it a link to ${project.modelLink.folder}, or copy that there, and give model as modelPath`,
    ]);
  const [copied] = modelToCopy(project);
  if (copied?.[0].startsWith('adapters/'))
    throw new UsageError([
      `adapters: adapters/ is left to you: copy ${copied[1]} to ${copied[0]}, and give NAME=./adapters/NAME`,
    ]);
  if (copied)
    throw new UsageError([
      `modelPath: model/ is left to you: copy ${copied[1]} to ${copied[0]}, and give model/ or a file in it as modelPath`,
    ]);
  const script = draft.values.inferenceScript;
  if (script !== undefined && !existsSync(join(folder, scriptPath)))
    throw new UsageError([
      `inferenceScript: ${scriptPath} is not there, and is left to you: copy the script there, with the modules that it imports beside it`,
    ]);
  if (script !== undefined && fullPath(folder, script) !== join(folder, scriptPath))
    throw new UsageError([
      `inferenceScript: ${scriptPath} is left to you: copy ${fullPath(folder, script)} there, and give that as inferenceScript`,
    ]);
  for (const warning of project.warnings) printError(`warning: ${warning}`);
  return renderProject(project);
}

function theRepository(folder: string, force: boolean): Repository | undefined {
  try {
    return repositoryOf(folder);
  } catch (error) {
    if (force) return undefined;
    throw new WorkError(
      `the git repository of ${folder} cannot be read: ${(error as Error).message}\n--force goes on without it: edits are then not merged, and what is not committed is not looked for`,
    );
  }
}

/** Of what is to be written. The answers may be changed: they are what is to be applied. */
function refuseUncommitted(repository: Repository | undefined, changes: readonly Change[]): void {
  const written = new Set(changes.map(({ path }) => path));
  const open = (repository?.changes() ?? []).filter((path) => path !== configFile && written.has(path));
  if (!open.length) return;
  const more = open.length > 5 ? `, and ${open.length - 5} more` : '';
  throw new UsageError([
    `not committed: ${open.slice(0, 5).join(', ')}${more}. Commit first, so that you can see what the update changes, or go on with --force`,
  ]);
}

/** What would be merged in a whole clone. */
function refuseWithoutHistory(decisions: readonly Decided[]): void {
  const problems = decisions
    .filter(({ why }) => why === 'shallow' || why === 'partial')
    .map(({ path, why }) => `${path}: ${reasons[why as Lack]}`);
  if (problems.length)
    throw new UsageError(problems.map((problem) => `${problem}. --force goes on without it`));
}

function news(from: string, to: string): string[] {
  const sections = changelogBetween(readFileSync(join(packageFolder, 'CHANGELOG.md'), 'utf8'), from, to);
  return sections.length ? ['', `What is new since ${from} (CHANGELOG.md):`, '', sections.join('\n\n')] : [];
}
