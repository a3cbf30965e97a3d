import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { adapterFiles, noPlace, parseAdapter, placeOfAdapter } from '../models/adapters.ts';
import type { ModelFacts } from '../models/facts.ts';
import { fullPath } from '../settings/paths.ts';
import { shown, UsageError } from '../settings/problems.ts';
import type { Settings } from '../settings/schema.ts';

/** A LoRA adapter of a project's model. */
export interface Adapter {
  readonly name: string;
  /** Its id on the Hub, from where it is to be brought, and the revision. */
  readonly hub?: string;
  readonly revision?: string;
  /** A prefix in S3, from where it is to be brought. */
  readonly s3?: string;
  /** Files to copy into the project, by their paths in it. */
  readonly copies: ReadonlyArray<readonly [path: string, source: string]>;
  /** How it is named in the project's own answers. */
  readonly answer: string;
}

/** Where `isKnown`, their files need not be here. */
export function adaptersOf(
  { adapters = [] }: Settings,
  cwd: string,
  facts: ModelFacts | undefined,
  isKnown: boolean,
): readonly Adapter[] {
  return adapters.map((text): Adapter => {
    const named = parseAdapter(text);
    const place = named && placeOfAdapter(named.place, (path) => fullPath(cwd, path));
    // Said before, where it was looked at.
    if (!named || !place) throw new UsageError([`adapters: ${shown(text)}: ${noPlace}`]);
    const { name } = named;
    const inProject = `adapters/${name}`;
    if ('s3' in place) return { name, s3: place.s3, copies: [], answer: text };
    if ('hub' in place) {
      const revision = facts?.adapterCommits?.[name] ?? place.revision;
      const pinned = revision ? `${name}=${place.hub}@${revision}` : text;
      return { name, hub: place.hub, ...(revision && { revision }), copies: [], answer: pinned };
    }
    const [config, ...weights] = adapterFiles;
    const there = weights.find((file) => existsSync(join(place.folder, file)));
    const files = isKnown || !there ? [] : [config, there];
    return {
      name,
      copies: files.map((file) => [`${inProject}/${file}`, join(place.folder, file)]),
      // With the dot, it is a path also where nothing lies there: in a clone.
      answer: `${name}=./${inProject}`,
    };
  });
}
