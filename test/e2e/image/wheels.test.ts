// @module-tag all
import { afterAll, expect, test } from 'vitest';
import type { Support } from '../../../generators/kinds.ts';
import { renderProject } from '../../../generators/render/render.ts';
import { writeProject } from '../../../generators/render/write.ts';
import { ofRows, projectFor, stacks } from '../../combinations.ts';
import { tempFolder } from '../../harness.ts';
import { buildImage, missingLibraries, removeImage } from '../docker.ts';

// A library whose wheels bring no OpenMP, as those of scikit-learn and XGBoost do: images.test.ts looks at these.
const requirements = { lightgbm: '4.6.0', numpy: '2.4.6', scipy: '1.17.1' };
const images: string[] = [];

afterAll(() => removeImage(...images));

/** The image of a framework that needs LightGBM, and names the Debian packages that it needs for that. */
async function imageWith(systemPackages: Support['systemPackages']): Promise<string> {
  const [stack] = stacks.filter(ofRows) as [(typeof stacks)[number]];
  const project = projectFor({ ...stack, projectName: 'wheels' }, tempFolder());
  const support = { ...project.support, ...(systemPackages && { systemPackages }) };
  const changed = { ...project, requirements, support };
  await writeProject(changed, renderProject(changed), false, console.error);
  const image = await buildImage(changed.folder);
  images.push(image);
  return image;
}

test('a library that the wheels need and the base image lacks is found out', async () => {
  expect(await missingLibraries(await imageWith(undefined))).toEqual([
    'lightgbm/lib/lib_lightgbm.so needs libgomp.so.1',
  ]);
});

test('systemPackages of a framework bring it into the image', async () => {
  expect(await missingLibraries(await imageWith(['libgomp1']))).toEqual([]);
});
