import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { frameworks, serversOf } from '../../generators/registry.ts';
import { activated, cachedVenv, command, generate, ready, type Served, serve, stop } from './harness.ts';

const combinations = [...frameworks].flatMap(([framework, definition]) =>
  Object.entries(definition.formats)
    .filter(([, { refused }]) => !refused)
    .flatMap(([format]) => serversOf(definition).map((server) => ({ framework, format, server }))),
);

describe.each(combinations)(
  'a trained $framework model in $format, served by $server',
  ({ framework, format, server }) => {
    let project: string;
    let venv: string;
    let development: string;
    let served: Served;

    beforeAll(async () => {
      project = await generate([
        `${framework}-${format}-${server}`,
        `--framework=${framework}`,
        `--model-format=${format}`,
        `--model-server=${server}`,
        '--include-sample',
      ]);
      const listed = ['requirements.txt', 'sample_model/requirements.txt', 'test/requirements.txt'];
      const [requirements = '', ...others] = listed.map((file) => join(project, file));
      // The server gets nothing that its own requirements do not list.
      venv = await cachedVenv(requirements);
      development = await cachedVenv(requirements, ...others);
      await command(join(development, 'bin/python'), ['sample_model/train.py'], {
        cwd: project,
        env: activated(development),
      });
      served = await serve(project, venv, { SERVER_WORKERS: '2' });
      await ready(served);
    });

    afterAll(() => served && stop(served));

    test("answers with the model's own predictions in every content type", async () => {
      const script = join(import.meta.dirname, 'expected.py');
      const { stdout } = await command(
        join(venv, 'bin/python'),
        [script, project, served.url, `model.${format}`],
        {},
      );
      const requestTypes =
        4 + (frameworks.get(framework)?.requestTypes ?? []).filter(({ payload }) => payload).length;
      expect(stdout.trim().split('\n')).toHaveLength(requestTypes * 4);
    });

    test('passes the tests that come with it', async () => {
      const { stdout } = await command(join(development, 'bin/python'), ['-m', 'pytest', 'test', '-q'], {
        cwd: project,
        env: activated(development),
      });
      expect(stdout).toMatch(/\d+ passed/);
      expect(stdout).not.toMatch(/skipped|failed|warning/);
    });
  },
);
