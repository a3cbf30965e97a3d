import { AwsError, invalid } from '../api/errors.ts';
import type { Collection } from '../state.ts';
import type { Tag } from './kinds.ts';
import { existing, named } from './names.ts';
import type { Handlers, World } from './world.ts';

interface Input {
  readonly ResourceArn: string;
  readonly Tags: readonly Tag[];
  readonly TagKeys: readonly string[];
}

/** How many tags something may have. */
const most = 50;

/** Tags of something, with further ones; refuses what AWS says of them beside its model of the API. */
export function tagged(added: readonly Tag[] = [], now: readonly Tag[] = []): readonly Tag[] {
  const keys = new Set(added.map(({ Key }) => Key));
  if (keys.size < added.length) throw invalid('Tag keys must be unique per resource.');
  const reserved = added.find(({ Key }) => /^aws:/i.test(Key));
  if (reserved)
    throw invalid(
      `The tag key ${reserved.Key} is not allowed: keys that start with aws: are reserved for AWS.`,
    );
  const all = [...now.filter(({ Key }) => !keys.has(Key)), ...added];
  if (all.length > most)
    throw new AwsError(
      'ResourceLimitExceeded',
      `A resource may have ${most} tags, and this one would have ${all.length}.`,
    );
  return all;
}

/** The tags of everything that has an ARN. */
export function tags({ models, configurations, endpoints, components, jobs }: World): Handlers {
  const keep = (arn: string, change: (now: readonly Tag[]) => readonly Tag[]): readonly Tag[] => {
    const { kind, region, name } = named(arn);
    if (kind === 'endpoint' || kind === 'inference-component') {
      const all = kind === 'endpoint' ? endpoints : components;
      const { tags } = existing(kind, all.records, region, name);
      const changed = change(tags);
      all.get(region, name)?.tag(changed);
      return changed;
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
      return { Tags: keep(ResourceArn, (now) => tagged(Tags, now)) };
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
