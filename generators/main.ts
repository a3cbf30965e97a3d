import { join } from 'node:path';
import { inspect } from 'node:util';
import { type Reading, readArguments } from './commands/read.ts';
import { packageFolder, packageVersion } from './package.ts';
import { print, printError } from './printable.ts';
import { putInOrder } from './render/in-order.ts';
import { describeProject } from './render/project.ts';
import { renderProject } from './render/render.ts';
import { writeProject } from './render/write.ts';
import { report } from './report.ts';
import { generate as command } from './settings/flags.ts';
import { failed, isForeseen } from './settings/problems.ts';
import { check, complete, draftSettings, learn } from './settings/resolve.ts';
import { readSample } from './settings/sample.ts';
import { stop } from './stop.ts';

/** Runs a command line; what goes wrong is said, and becomes the exit code. */
export async function run(args: readonly string[]): Promise<void> {
  // Whoever reads our output may stop early, as head does. What has something to clean up takes it for a hang-up; all else
  // is soon done, and its exit code is what it has found.
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (!process.emit('SIGHUP') && code !== 'EPIPE') process.exit(failed);
  });
  try {
    const [first, ...others] = args;
    if (first === 'verify') await verify(others);
    else if (first === 'update') await update(others);
    else if (first === 'local') await local(others);
    else await main(readArguments(command, args));
  } catch (error) {
    process.exitCode = isForeseen(error) ? error.code : failed;
    // Only what is not foreseen shows where it happened.
    printError(isForeseen(error) ? `error: ${error.message}` : inspect(error));
  }
}

async function main(reading: Reading): Promise<void> {
  const { flags } = reading;
  if (flags.help) print((await import('./settings/help.ts')).helpText('bin').trimEnd());
  else if (flags.version) print(packageVersion());
  else if (flags['skip-prompts'] ?? !process.stdin.isTTY) await generate(reading, process.cwd());
  else await runYeoman(reading, process.cwd());
}

async function verify(args: readonly string[]): Promise<void> {
  const declared = await import('./verify/flags.ts');
  const request = declared.verifyRequest(readArguments(declared.verify, args));
  if (request.help) print((await import('./commands/help.ts')).helpOf(declared.verify, 'bin').trimEnd());
  else {
    const { runVerify } = await import('./verify/command.ts');
    process.exitCode = (await runVerify(request, process.cwd(), process.stdout)) ? 1 : 0;
  }
}

async function update(args: readonly string[]): Promise<void> {
  const declared = await import('./update/flags.ts');
  const request = declared.updateRequest(readArguments(declared.update, args));
  if (request.help) print((await import('./commands/help.ts')).helpOf(declared.update, 'bin').trimEnd());
  else {
    const { runUpdate } = await import('./update/command.ts');
    process.exitCode = await runUpdate(request, process.cwd(), process.stdout);
  }
}

async function local(args: readonly string[]): Promise<void> {
  const declared = await import('./local/flags.ts');
  let request: ReturnType<typeof declared.localRequest>;
  try {
    request = declared.localRequest(args);
  } catch (error) {
    // As where it cannot be started: whoever evaluates what is printed would go on, and reach AWS.
    if (args.includes('--keep') && !args.includes('--') && !process.stdout.isTTY) print('false');
    throw error;
  }
  if (request.help) print((await import('./commands/help.ts')).helpOf(declared.local, 'bin').trimEnd());
  else {
    const { runLocal } = await import('./local/command.ts');
    process.exitCode = await runLocal(request, args, process.cwd());
  }
}

/** What Yeoman would do when nothing is asked, without loading it: that takes longer than all the rest. */
async function generate(commandLine: Reading, cwd: string): Promise<void> {
  process.once('SIGINT', stop);
  const given = () => draftSettings({ commandLine, env: process.env, cwd }, commandLine.problems);
  await putInOrder(cwd, printError, given);
  const draft = await readSample(await learn(await given()));
  const project = describeProject(complete(draft), cwd, draft);
  const files = renderProject(project);
  for (const warning of project.warnings) printError(`warning: ${warning}`);
  const written = await writeProject(project, files, commandLine.flags.force === true, printError);
  const { modelCopies, scriptFiles } = project;
  const paths = [...files.map(({ path }) => path), ...modelCopies.keys(), ...scriptFiles.keys()];
  print(report(project, paths, cwd, { verbose: commandLine.flags.verbose === true, written }));
}

async function runYeoman(commandLine: Reading, cwd: string): Promise<void> {
  // The command line's own mistakes are known now: no need for Yeoman to find them again.
  check(await draftSettings({ commandLine, env: process.env, cwd }, commandLine.problems));
  const { createEnv } = await import('yeoman-environment');
  const env = createEnv({ cwd });
  const namespace = 'ml-container-creator:app';
  env.register(join(packageFolder, 'dist/generators/app/index.js'), { namespace });
  const { flags, argument } = commandLine;
  await env.run([namespace, ...(argument === undefined ? [] : [argument])], { ...flags });
}
