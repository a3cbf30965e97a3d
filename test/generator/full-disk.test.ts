import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { renderProject } from '../../generators/render/render.ts';
import { writeProject } from '../../generators/render/write.ts';
import { projectFor } from '../combinations.ts';
import { tempFolder } from '../harness.ts';
import { modelFolder } from '../models.ts';

vi.mock('node:fs', async (original) => ({
  ...(await original<typeof import('node:fs')>()),
  // A disk on which 2 MB are free, and which copies nothing by reference.
  statfsSync: () => ({ bavail: 2000, bsize: 1000 }),
  copyFileSync: () => {
    throw new Error('ENOTSUP');
  },
}));

test('a disk without room for the model is told of before anything is written', async () => {
  const combination = { framework: 'transformers', modelFormat: 'pretrained', modelServer: 'vllm' };
  const folder = `${tempFolder()}/one`;
  const modelPath = modelFolder('text-generation');
  writeFileSync(join(modelPath, 'tokenizer.json'), Buffer.alloc(5_000_000, 'x'));
  const settings = { modelPath, projectDir: folder };
  const project = projectFor({ ...combination, ...settings }, '/');
  await expect(writeProject(project, renderProject(project), false, console.error)).rejects.toThrow(
    `the model takes 6 MB as a copy, and the disk of ${folder} has 2 MB free: make room, or choose another projectDir`,
  );
  expect(existsSync(folder)).toBe(false);
});
