import { stripVTControlCharacters } from 'node:util';
import type { ReportedHookContext, Reporter, TestModule } from 'vitest/node';

/** How many of the slowest are listed. */
const listed = 15;

/** A test, or a hook around tests, and how long it took. */
interface Timed {
  readonly name: string;
  readonly milliseconds: number;
}

/** Ends a run with the slowest of its tests and hooks, with those that failed, and with one plain line, which CI counts. */
export default class Summary implements Reporter {
  private readonly started = new Map<string, number>();
  private readonly hooks: Timed[] = [];

  onHookStart(hook: ReportedHookContext): void {
    this.started.set(hook.entity.id + hook.name, performance.now());
  }

  onHookEnd(hook: ReportedHookContext): void {
    const start = this.started.get(hook.entity.id + hook.name);
    // A hook of each test counts as its test's time.
    if (start === undefined || hook.entity.type === 'test') return;
    const { entity } = hook;
    const path =
      entity.type === 'suite' ? [entity.module.relativeModuleId, entity.fullName] : [entity.relativeModuleId];
    this.hooks.push({
      name: [...path, hook.name].join(' > '),
      milliseconds: performance.now() - start,
    });
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const passed = tests.filter((test) => test.result().state === 'passed').length;
    // A hook that fails leaves its tests without a result of their own.
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const timed = tests.map((test) => ({
      name: `${test.module.relativeModuleId} > ${test.fullName}`,
      milliseconds: test.diagnostic()?.duration ?? 0,
    }));
    const messageOf = ({ message = '' }: { message?: string } | undefined = {}) =>
      stripVTControlCharacters(message)
        .trim()
        .replace(/\s*\n\s*/g, ' | ')
        .slice(0, 400);
    const failures = [
      ...tests
        .filter((test) => test.result().state === 'failed')
        .map((test) => [test.module.relativeModuleId, test.fullName, messageOf(test.result().errors?.[0])]),
      ...suites
        .filter((suite) => suite.errors().length > 0)
        .map((suite) => [
          ...(suite.type === 'suite'
            ? [suite.module.relativeModuleId, suite.fullName]
            : [suite.relativeModuleId]),
          messageOf(suite.errors()[0]),
        ]),
      ...errors.map((error) => [messageOf(error as Error)]),
    ];
    const slowest = [...timed, ...this.hooks]
      .sort((a, b) => b.milliseconds - a.milliseconds)
      .slice(0, listed);
    process.on('exit', () => {
      console.log(`The slowest ${slowest.length}, in seconds:`);
      for (const { name, milliseconds } of slowest)
        console.log(`${(milliseconds / 1000).toFixed(1).padStart(7)}  ${name}`);
      // As pytest prints them: CI looks for such lines.
      for (const failure of failures) console.log(`FAILED ${failure.join(' > ')}`);
      console.log(`${passed} passed, ${failures.length} failed`);
    });
  }
}
