import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { servers } from '../../../generators/registry.ts';
import { type CommandError, command, generate } from '../../harness.ts';
import { baseImage, build, inspectImage, removeImage } from '../docker.ts';

const engines = [...servers].filter(([, { needsGpu }]) => needsGpu).map(([name]) => name);

// On a base without the engine, whose image takes tens of gigabytes and a GPU: what the project adds is all there.
describe.each(engines)('the image for %s', (engine) => {
  let image: string;

  beforeAll(async () => {
    const project = await generate([
      engine,
      '--framework=transformers',
      `--model-server=${engine}`,
      ...['--model-name=org/model', '--model-source=hub', '--task=text-generation'],
      '--hf-token-secret-arn=arn:aws:secretsmanager:us-east-1:123456789012:secret:hub-AbCdEf',
    ]);
    image = (await build(project, { flags: ['--build-arg', `ENGINE_IMAGE=${baseImage}`] })).image;
  });

  afterAll(() => image && removeImage(image));

  /** Runs it as SageMaker does, with nothing to write to but /tmp, as any user. */
  const run = (args: readonly string[], ...flags: string[]) => {
    const options = ['--rm', '--read-only', '--tmpfs=/tmp', '--network=none', '--user=1234:0', ...flags];
    return command('docker', ['run', ...options, image, ...args]).catch((error: CommandError) => error);
  };

  test('runs our own start, not the engine’s, with the argument serve', async () => {
    expect(await run(['serve'], '--env=HF_MODEL_ID=org/model')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^serve: there is no GPU: .*\n$/),
    });
  });

  test('says in one line what is wrong with its variables, or that it does not train', async () => {
    expect(await run(['serve'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^serve: there is no model: \/opt\/ml\/model .*\n$/),
    });
    expect(await run(['train'])).toMatchObject({ code: 1, stderr: expect.stringMatching(/^usage: .*\n$/) });
  });

  test('says that it serves on the port that SageMaker chooses', async () => {
    const { Config } = await inspectImage(image);
    expect(Config.Labels).toMatchObject({
      'com.amazonaws.sagemaker.capabilities.accept-bind-to-port': 'true',
    });
  });
});
