/// <reference types="vite/types/importMeta.d.ts" />
import { basename } from 'node:path';
import type { Framework, Server } from './kinds.ts';
import type { Task } from './models/tasks.ts';
import type { Key } from './settings/schema.ts';

/**
 * Every framework and every serving stack, by name. Each file in `frameworks/` and `servers/` is one: adding a file is
 * all it takes. They are looked for when the generator is built.
 */
export const frameworks = byName<Framework>(
  import.meta.glob('./frameworks/*.ts', { eager: true, import: 'default' }),
);
export const servers = byName<Server>(import.meta.glob('./servers/*.ts', { eager: true, import: 'default' }));

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
    .filter(
      ([, { environment, settings }]) =>
        settings?.includes(setting) || (environment && setting in environment),
    )
    .map(([name]) => name);
  return framework.length || modelServer.length ? { framework, modelServer } : undefined;
}

function byName<T>(modules: Record<string, T>): ReadonlyMap<string, T> {
  return new Map(Object.entries(modules).map(([path, definition]) => [basename(path, '.ts'), definition]));
}
