import { readdirSync } from 'node:fs';
import type { Framework, Server } from './kinds.ts';

/**
 * Every framework and every serving stack, by name. Each file in `frameworks/` and `servers/` is one:
 * adding a file is all it takes.
 */
export const frameworks: ReadonlyMap<string, Framework> = await readFolder('frameworks');
export const servers: ReadonlyMap<string, Server> = await readFolder('servers');

/** The serving stacks that can serve a framework, its default first. */
export function serversOf(framework: Framework): string[] {
  const names = [...servers].filter(([, { kind }]) => kind in framework.servedBy).map(([name]) => name);
  return names.sort((a, b) => Number(b === framework.defaultServer) - Number(a === framework.defaultServer));
}

async function readFolder<T>(folder: string): Promise<Map<string, T>> {
  const url = new URL(`./${folder}/`, import.meta.url);
  const files = readdirSync(url).filter((file) => /\.[jt]s$/.test(file));
  const entries = files.sort().map(async (file): Promise<[string, T]> => {
    const module: { default: T } = await import(new URL(file, url).href);
    return [file.slice(0, -3), module.default];
  });
  return new Map(await Promise.all(entries));
}
