import { spawn } from 'node:child_process';
import { Parser } from 'tar';
import { WorkError } from '../../settings/problems.ts';
import type { Declaration } from './declaration.ts';
import { docker } from './docker.ts';

/** What an image says of itself; `ownStore`: whether Docker keeps it in its own store, not in containerd's. */
export async function declarationOf(image: string, ownStore: boolean): Promise<Declaration> {
  const [found] = JSON.parse(
    await docker('image', 'inspect', '--', image).catch((error: Error) => {
      if (!/no such image/i.test(error.message)) throw error;
      throw new WorkError(
        `${image} is neither a folder, nor a URL, nor an image that Docker has here; build it, or docker pull ${image}`,
      );
    }),
  );
  const { Config, Os, Architecture, Size, Descriptor, ManifestType, RepoDigests } = found;
  const history = await docker('history', '--no-trunc', '--format', '{{.CreatedBy}}', '--', image);
  // By containerd's store, by podman, by a registry; Docker's own store pushes its own form alone.
  const manifestType =
    Descriptor?.mediaType ??
    ManifestType ??
    (await manifestTypeOf(RepoDigests?.[0])) ??
    (ownStore ? 'application/vnd.docker.distribution.manifest.v2+json' : undefined);
  return {
    from: 'the image',
    labels: Config.Labels ?? {},
    environment: Object.fromEntries(
      ((Config.Env ?? []) as string[]).map((line) => [line.replace(/=.*/s, ''), line.replace(/^[^=]*=/, '')]),
    ),
    entrypoint: Config.Entrypoint ?? [],
    platform: `${Os}/${Architecture}`,
    history: history.trim().split('\n'),
    size: Size,
    ...(manifestType && { manifestType }),
    files: () => filesOf(image),
  };
}

/** Of an image that came from or went to a registry, if that can be asked. */
async function manifestTypeOf(digest: string | undefined): Promise<string | undefined> {
  if (!digest) return undefined;
  const text = await docker('manifest', 'inspect', '--insecure', digest).catch(() => '{}');
  return JSON.parse(text).mediaType;
}

/**
 * Every path in every layer, also what a later layer deletes: it can still be read from the image. Throws WorkError
 * where a layer cannot be read.
 */
async function filesOf(image: string): Promise<string[]> {
  const paths: string[] = [];
  const save = spawn('docker', ['save', '--', image], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  await new Promise<void>((done, fail) => {
    const archive = new Parser({
      strict: true,
      onReadEntry(entry) {
        // A layer is an archive within the archive; beside layers there are small JSON files.
        const layer = new Parser({
          onReadEntry(file) {
            paths.push(file.path);
            file.resume();
          },
        });
        if (/(\.tar|blobs\/sha256\/[0-9a-f]+)$/.test(entry.path)) entry.pipe(layer as never);
        else entry.resume();
      },
    });
    const unreadable = () => fail(new WorkError('its layers cannot be read by docker save'));
    archive.on('end', done);
    archive.on('error', unreadable);
    save.on('error', unreadable);
    save.on('close', (code) => code && unreadable());
    save.stdout.pipe(archive as unknown as NodeJS.WritableStream);
  });
  return paths;
}
