import { expect, test } from 'vitest';
import { startService } from '../../../generators/local/service/service.ts';
import { tempFolder } from '../../harness.ts';

test('where containers cannot be ended, since their engine is gone, all else ends, and the reason is said', async () => {
  const ended: string[] = [];
  const service = await startService({
    containers: {
      start: () => Promise.reject(new Error('none')),
      close: () => Promise.reject(new Error('the engine is gone')),
    },
    surroundings: {
      handle: () => undefined,
      logLine: () => undefined,
      imageOf: async () => undefined,
      isOnS3: async () => true,
      close: async () => void ended.push('surroundings'),
    },
    folder: tempFolder(),
  });
  await expect(service.close()).rejects.toThrow('the engine is gone');
  expect(ended).toEqual(['surroundings']);
  await expect(fetch(service.url)).rejects.toThrow('fetch failed');
});
