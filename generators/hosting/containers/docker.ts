import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { WorkError } from '../../settings/problems.ts';

const run = promisify(execFile);

/** Runs the Docker client; its output. Throws WorkError with its last words. */
export async function docker(...args: string[]): Promise<string> {
  try {
    const { stdout } = await run('docker', args, { maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT')
      throw new WorkError(
        'an image needs Docker, and there is no docker command here; verify a folder or a URL instead',
      );
    throw new WorkError(`docker ${args[0]}: ${lastLine(stderr ?? '')}`);
  }
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';
