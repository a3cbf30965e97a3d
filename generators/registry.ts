import { readdirSync } from 'node:fs';
import type { Framework, Server } from './kinds.ts';
import type { Task } from './models/tasks.ts';
import type { Key } from './settings/schema.ts';

/**
 * Every framework and every serving stack, by name. Each file in `frameworks/` and `servers/` is one:
 * adding a file is all it takes.
 */
export const frameworks: ReadonlyMap<string, Framework> = await readFolder('frameworks');
export const servers: ReadonlyMap<string, Server> = await readFolder('servers');

/** The serving stacks that can serve a framework, its default for such a model first. */
export function serversOf(framework: Framework, model: { readonly task?: Task | undefined } = {}): string[] {
  const names = [...servers].filter(([, { kind }]) => kind in framework.servedBy).map(([name]) => name);
  const first = (model.task && framework.defaultServerByTask?.[model.task]) ?? framework.defaultServer;
  return names.sort((a, b) => Number(b === first) - Number(a === first));
}

/**
 * Which frameworks or, if none, which serving stacks have a setting; undefined: all projects have it. As in
 * `framework=transformers`.
 */
export function ownersOf(
  setting: Key,
): { readonly framework: string[]; readonly modelServer: string[] } | undefined {
  const framework = [...frameworks]
    .filter(([, { settings }]) => settings?.includes(setting))
    .map(([name]) => name);
  const modelServer = [...servers]
    .filter(([, { environment }]) => environment && setting in environment)
    .map(([name]) => name);
  return framework.length || modelServer.length ? { framework, modelServer } : undefined;
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
