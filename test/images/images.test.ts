import { appendFileSync, cpSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ofRows, stacks } from '../combinations.ts';
import { baseImage, build, inspectImage, removeImage, sizes } from '../e2e/docker.ts';
import { copyOf } from '../e2e/trained.ts';
import { command, generate, repository } from '../harness.ts';

/** An image's bytes, and the seconds that its build takes from nothing and after a change of the code. */
async function measure(project: string) {
  const cold = await build(project, { flags: ['--no-cache'] });
  // The cache that counts is that of the last build.
  const warm = await build(project);
  // Never the same twice: an earlier build of it might be in the cache.
  appendFileSync(join(project, 'code/model_handler.py'), `# changed at ${Date.now()}\n`);
  const changed = await build(project);
  const { Size } = await inspectImage(cold.image);
  return {
    image: cold.image,
    others: [warm.image, changed.image],
    size: Size,
    cold: cold.seconds,
    changed: changed.seconds,
  };
}

test('docs/images.md says how large images are, and how long it takes to build them', async () => {
  const rows: string[] = [];
  for (const { framework, modelServer } of stacks.filter(ofRows)) {
    const project = await generate(['sized', `--framework=${framework}`, `--model-server=${modelServer}`]);
    const predecessor = copyOf(project);
    cpSync(join(import.meta.dirname, 'one-stage/Dockerfile'), join(predecessor, 'Dockerfile'));
    const ours = await measure(project);
    const theirs = await measure(predecessor);
    const { base, packages, size } = await sizes(ours.image);
    await removeImage(ours.image, theirs.image, ...ours.others, ...theirs.others);
    expect(size).toBeLessThan(theirs.size);
    const cells = [
      ...[
        `${framework}, ${modelServer}`,
        mb(base),
        mb(packages),
        mb(size),
        (size / (base + packages)).toFixed(2),
      ],
      ...[mb(theirs.size), (theirs.size / (base + packages)).toFixed(2)],
      ...[ours.cold, theirs.cold, ours.changed, theirs.changed].map(
        (time) => `${time.toFixed(time < 10 ? 1 : 0)} s`,
      ),
    ];
    rows.push(`| ${cells.join(' | ')} |`);
  }
  const { stdout: engine } = await command('docker', ['version', '--format', '{{.Server.Version}}']);
  await expect(page(rows, engine.trim())).toMatchFileSnapshot(join(repository, 'docs/images.md'));
}, 3_600_000);

const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;

function page(rows: readonly string[], engine: string): string {
  const standIn =
    baseImage === 'python:3.12-slim'
      ? ''
      : ' It stands in for python:3.12-slim, which could not be pulled there, and is larger than that.';
  return [
    '# How large the images are, and how long it takes to build them',
    'Beside what is generated is the recipe of its predecessors, with the same packages and the same code: one stage with ' +
      'a compiler, nginx and git ([its Dockerfile](../test/images/one-stage/Dockerfile)). Packages are the wheels in the ' +
      'image, unpacked, as their own records list them; the ratio is the image to the sum of its base and its packages. ' +
      'What ours has beyond that sum is bytecode: without it, each start of a container compiles everything that it ' +
      'imports, since there is no place to keep it.',
    [
      '| image | base | packages | ours | ratio | predecessors | ratio | built from nothing: ours | predecessors | after a change of `model_handler.py`: ours | predecessors |',
      `|${' --- |'.repeat(11)}`,
      ...rows,
    ].join('\n'),
    `Measured with Docker ${engine} on ${cpus().length} cores, on \`${baseImage}\`.${standIn} \`npm run images\` makes this ` +
      'page anew; a test in test/e2e/image holds every ratio below 1.15.',
    '',
  ].join('\n\n');
}
