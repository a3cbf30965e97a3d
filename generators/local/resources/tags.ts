import type { Collection } from '../state.ts';
import type { Tag } from './kinds.ts';
import { existing, named } from './names.ts';
import type { Handlers, World } from './world.ts';

interface Input {
  readonly ResourceArn: string;
  readonly Tags: readonly Tag[];
  readonly TagKeys: readonly string[];
}

/** The tags of everything that has an ARN. */
export function tags({ models, configurations, endpoints, components, jobs }: World): Handlers {
  const keep = (arn: string, change: (now: readonly Tag[]) => readonly Tag[]): readonly Tag[] => {
    const { kind, region, name } = named(arn);
    if (kind === 'endpoint' || kind === 'inference-component') {
      const all = kind === 'endpoint' ? endpoints : components;
      const { tags } = existing(kind, all.records, region, name);
      all.get(region, name)?.tag(change(tags));
      return change(tags);
    }
    const retag = <T extends { readonly tags: readonly Tag[] }>(all: Collection<T>): readonly Tag[] => {
      const resource = existing(kind, all, region, name);
      const tags = change(resource.tags);
      all.put(region, name, { ...resource, tags });
      return tags;
    };
    if (kind === 'model') return retag(models);
    return kind === 'endpoint-config' ? retag(configurations) : retag(jobs.records);
  };
  return {
    AddTags({ ResourceArn, Tags }: Input) {
      const added = new Set(Tags.map(({ Key }) => Key));
      return { Tags: keep(ResourceArn, (now) => [...now.filter(({ Key }) => !added.has(Key)), ...Tags]) };
    },
    ListTags({ ResourceArn }: Input) {
      return { Tags: keep(ResourceArn, (now) => now) };
    },
    DeleteTags({ ResourceArn, TagKeys }: Input) {
      keep(ResourceArn, (now) => now.filter(({ Key }) => !TagKeys.includes(Key)));
      return {};
    },
  };
}
