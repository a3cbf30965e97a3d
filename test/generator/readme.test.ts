import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { renderProject } from '../../generators/render/render.ts';
import { nameOf, ofRows, projectFor, sources, stacks } from '../combinations.ts';
import { bin, type CommandError, cleanEnv, command, pickled, repository, tempFolder } from '../harness.ts';

const path = join(repository, 'README.md');

/** A command that the README shows, and what it prints there; `npm run docs` writes anew what has changed. */
function shown(start: string): { args: string[]; isPrinted: (text: string) => Promise<void> } {
  const readme = readFileSync(path, 'utf8');
  const at = readme.indexOf(`$ ml-container-creator ${start}`);
  expect(at, start).toBeGreaterThan(0);
  const [block = ''] = readme.slice(at).split(/\n\$ |\n```/);
  const [line = '', ...printed] = block.replaceAll(/ \\\n +/g, ' ').split('\n');
  const isPrinted = (text: string) =>
    expect(readme.replace(printed.join('\n').trim(), () => text)).toMatchFileSnapshot(path);
  return { args: line.split(' ').slice(2), isPrinted };
}

const run = (args: string[], cwd: string, env = cleanEnv) =>
  command(process.execPath, [bin, ...args], { cwd, env }).then(
    ({ stdout }) => stdout.trim(),
    ({ stderr }: CommandError) => stderr.trim(),
  );

test('the README shows what is printed for a model file', async () => {
  const { args, isPrinted } = shown('iris');
  const cwd = tempFolder();
  writeFileSync(join(cwd, 'iris.joblib'), pickled('a model'));
  await isPrinted(await run(args, cwd));
});

test('the README shows what is said of a model that does not fit its instance', async () => {
  const { args, isPrinted } = shown('chat');
  // As meta-llama/Llama-3.1-8B-Instruct has it.
  const config = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    ...{ hidden_size: 4096, num_hidden_layers: 32, num_attention_heads: 32, num_key_value_heads: 8 },
    ...{ intermediate_size: 14336, vocab_size: 128256, max_position_embeddings: 131072 },
    ...{ tie_word_embeddings: false, torch_dtype: 'bfloat16' },
  };
  const about = { sha: '0'.repeat(40), pipeline_tag: 'text-generation' };
  const hub = createServer(({ url }, response) =>
    response.end(JSON.stringify(url?.startsWith('/api/') ? about : config)),
  ).listen(0);
  await once(hub, 'listening');
  const HF_ENDPOINT = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
  await isPrinted(await run(args, tempFolder(), { ...cleanEnv, HF_ENDPOINT }));
  hub.close();
});

const variants = stacks.flatMap((stack) => {
  const where = ofRows(stack) ? { '': {} } : sources;
  return Object.entries(where).flatMap(([source, settings]) =>
    [true, false].map((includeTesting) => {
      const asked = includeTesting ? 'with tests' : 'without tests';
      const samples = {
        ...stack,
        ...settings,
        includeTesting,
        ...(!includeTesting && { includeSampleModel: false }),
      };
      return [[nameOf(stack), source, asked].filter(Boolean).join(' '), samples] as const;
    }),
  );
});

test.each(variants)(
  'the README of %s names no file that its project has not, and says how to check and to update it',
  (_, settings) => {
    const files = renderProject(projectFor(settings));
    const readme = files.find((file) => file.path === 'README.md')?.contents ?? '';
    const paths = files.map((file) => file.path);
    // What training the sample writes.
    const later = /^sample_model\/payloads\//;
    const named =
      readme
        .replaceAll('fileb://', '')
        .match(/(?<![\w/.:-])(?:code|deploy|test|sample_model)\/[\w/.-]*\w/g) ?? [];
    expect(named.length).toBeGreaterThan(5);
    for (const name of named)
      if (!later.test(name))
        expect(
          paths.some((file) => file === name || file.startsWith(`${name}/`)),
          name,
        ).toBe(true);
    for (const script of paths.filter((file) => /^(run_local|(deploy|test)\/\w+)\.sh$/.test(file)))
      if (files.find((file) => file.path === script)?.executable) expect(readme).toContain(script);
    // Where another base image and a certificate go.
    const [, base] = /^`(ARG \w+)` at the top/m.exec(readme) ?? [];
    const [, stage] = /below the line `(FROM [^`]+)`/.exec(readme) ?? [];
    const dockerfile = files.find((file) => file.path === 'Dockerfile')?.contents;
    expect(dockerfile).toMatch(new RegExp(`^(#.*\n)*${base}=`));
    const [, below] = dockerfile?.split(`\n${stage}\n`) ?? [];
    expect(below?.split('\nFROM ')[0]).toMatch(/RUN .*pip /);
    expect(readme).toContain('ml-container-creator verify');
    expect(readme).toContain('ml-container-creator update');
  },
);
