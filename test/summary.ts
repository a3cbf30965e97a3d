import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with one plain line, which CI counts. */
export default class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const passed = tests.filter((test) => test.result().state === 'passed').length;
    // A hook that fails leaves its tests without a result of their own.
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const broken = suites.filter((suite) => suite.errors().length > 0).length;
    const failed = tests.filter((test) => test.result().state === 'failed').length + broken + errors.length;
    process.on('exit', () => console.log(`${passed} passed, ${failed} failed`));
  }
}
