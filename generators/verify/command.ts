import { accessSync, constants, existsSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { jsonReport } from '../hosting/reports/json.ts';
import { junitReport } from '../hosting/reports/junit.ts';
import {
  colored,
  failuresOf,
  mostlySkipped,
  notMade,
  plain,
  resultLines,
  summaryLine,
} from '../hosting/reports/table.ts';
import { schemaPath } from '../hosting/samples.ts';
import { Subject } from '../hosting/subject.ts';
import { type Result, verify } from '../hosting/verify.ts';
import { printable } from '../printable.ts';
import { fullPath } from '../settings/paths.ts';
import { WorkError } from '../settings/problems.ts';
import { signals } from '../stop.ts';
import type { VerifyRequest } from './flags.ts';
import { targetOf } from './target.ts';

/** Where a run writes: standard output, but for tests of Yeoman. */
export interface Output {
  readonly isTTY?: boolean;
  write(text: string): void;
}

/** Checks a folder, an image or a URL, and says what was found; the number of failed checks that count, and 1 where most were not made, or one that was asked for. */
export async function runVerify(request: VerifyRequest, cwd: string, output: Output): Promise<number> {
  // Before a minute of checks, not after it.
  if (request.junit !== undefined) checkWritable(fullPath(cwd, request.junit));
  const { source, samples, instance, model, server } = await targetOf(request, cwd);
  let stopped = false;
  const stop = () => {
    if (stopped) return;
    stopped = true;
    void source.close().finally(() => process.exit(130));
  };
  for (const signal of signals) process.on(signal, stop);
  try {
    const subject = new Subject({
      source,
      samples,
      window: request.timeout,
      ...(instance && { target: { platform: instance.platform, instanceType: instance.type } }),
    });
    return await check(subject, { ...request, model, server }, cwd, output);
  } catch (error) {
    // What is cut off fails in one way or another: the way out is under way.
    if (stopped) await new Promise(() => undefined);
    throw error;
  } finally {
    await source.close();
    for (const signal of signals) process.off(signal, stop);
  }
}

async function check(
  subject: Subject,
  request: VerifyRequest & { readonly model: string | undefined; readonly server: string | undefined },
  cwd: string,
  output: Output,
): Promise<number> {
  const { source, samples } = subject;
  const style = output.isTTY && process.env.NO_COLOR === undefined ? colored : plain;
  const say = (text: string) => !request.json && output.write(text);
  // A line that the next one writes over.
  const progress = (text: string) => output.isTTY && say(`\r\u001B[K${text}`);
  const files = samples.map(({ file, contentType }) => `${shortPath(file, cwd)} (${contentType})`);
  const model =
    request.model === undefined ? 'none; --model-dir=DIR gives one' : shortPath(request.model, cwd);
  say(`Checking  ${printable(source.title)}\n`);
  if (request.server) say(`Server    ${printable(request.server)}\n`);
  if (source.kind !== 'url') say(`Model     ${printable(model)}\n`);
  say(
    `Requests  ${printable(files.join(', ')) || `those that the server shows at ${schemaPath}, if it does; --payload=FILE gives others`}\n`,
  );
  const started = performance.now();
  const results: Result[] = [];
  for await (const result of verify(subject, request, ({ id }) => progress(style.dim(`  … ${id}`)))) {
    progress('');
    if (result.group !== results.at(-1)?.group) say(`\n${result.group}\n`);
    results.push(result);
    say(`${resultLines(result, style)}\n`);
  }
  const seconds = (performance.now() - started) / 1000;
  say(`\n${summaryLine(results, seconds)}\n`);
  if (request.json) output.write(`${jsonReport(source, results, seconds, request.only)}\n`);
  if (request.junit !== undefined)
    writeFileSync(fullPath(cwd, request.junit), junitReport(source, results, seconds));
  const unseen = [mostlySkipped(results), notMade(results, request.only)];
  for (const words of unseen) if (words !== undefined) say(`${style.red(words)}\n`);
  if (results.every(({ status }) => status === 'skipped')) throw new WorkError('nothing could be checked');
  return failuresOf(results).length + (unseen.some((words) => words !== undefined) ? 1 : 0);
}

/** As a user would write it: relative where that is not longer. */
function shortPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short.startsWith('..') ? path : short;
}

function checkWritable(file: string): void {
  try {
    accessSync(existsSync(file) ? file : dirname(file), constants.W_OK);
  } catch (error) {
    throw new WorkError(`${file} cannot be written: ${(error as NodeJS.ErrnoException).code}`);
  }
}
