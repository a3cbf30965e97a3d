import { bin, type CommandError, cleanEnv, command, repository } from '../../harness.ts';

/** A line of the report. */
interface Check {
  readonly id: string;
  readonly level: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly detail?: string;
  readonly fix?: string;
}

interface Report {
  readonly seconds: number;
  readonly counts: Readonly<Record<Check['status'], number>>;
  readonly checks: readonly Check[];
  readonly mostlySkipped?: string;
  readonly notMade?: string;
}

/** Runs `ml-container-creator verify … --json`. */
export async function verify(args: readonly string[], env = cleanEnv, cwd = repository) {
  const options = { cwd, env };
  const { code, stdout } = await command(process.execPath, [bin, 'verify', ...args, '--json'], options).then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: CommandError) => error,
  );
  const report: Report = JSON.parse(stdout);
  return { code, report, failed: report.checks.filter(({ status }) => status === 'failed') };
}
