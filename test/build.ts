import { execFileSync } from 'node:child_process';

/** The tests of the bin run what users run: the build. */
export default function build(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
}
