import { frameworks, ownersOf, servers } from '../registry.ts';
import type { Key, Values } from './schema.ts';

// What a project can have, in the light of what is known of it.

/** Whether a setting exists for such a project, as far as it is known. */
export function applies(key: Key, { framework, modelServer }: Values): boolean {
  const owners = ownersOf(key);
  return (
    !owners ||
    (framework !== undefined && owners.framework.includes(framework)) ||
    (modelServer !== undefined && owners.modelServer.includes(modelServer))
  );
}

/** Whether there is a sample model for such a project. */
export function hasSample({ framework, modelServer, task, inferenceScript }: Values): boolean {
  const server = servers.get(modelServer ?? '');
  const sampleTask = frameworks.get(framework ?? '')?.sample.task;
  if (task && sampleTask && task !== sampleTask) return false;
  const support = server && frameworks.get(framework ?? '')?.servedBy[server.kind];
  if (inferenceScript !== undefined && support?.script?.sample === false) return false;
  return support?.sample !== false;
}
