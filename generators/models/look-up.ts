import { readFileSync } from 'node:fs';
import { join } from 'node:path';
export interface ModelFacts {
  readonly task?: string;
  readonly warnings: readonly string[];
  readonly commit?: string;
}
type ModelName =
  | { readonly kind: 'hub'; readonly id: string; readonly revision?: string }
  | { readonly kind: 's3'; readonly uri: string; readonly archive: boolean }
  | { readonly problem: string };
export function parseModelName(text: string): ModelName {
  if (/^s3:\/\/[a-z0-9.-]{3,63}\/[\w./=+@-]*$/.test(text))
    return { kind: 's3', uri: text, archive: text.endsWith('.tar.gz') };
  const match = /^([\w.-]+\/[\w.-]+|[\w.-]+)(?:@([\w./-]+))?$/.exec(text);
  return match?.[1]
    ? { kind: 'hub', id: match[1], ...(match[2] && { revision: match[2] }) }
    : { problem: 'no' };
}
export type Where = { readonly hub: string; readonly revision?: string } | { readonly folder: string };
export async function lookUp(where: Where): Promise<{ facts?: ModelFacts; problem?: string }> {
  if ('hub' in where) return { facts: { warnings: [] } };
  const config = JSON.parse(readFileSync(join(where.folder, 'config.json'), 'utf8'));
  return {
    facts: {
      task: String(config.architectures?.[0]).includes('CausalLM')
        ? 'text-generation'
        : 'text-classification',
      warnings: [],
    },
  };
}
