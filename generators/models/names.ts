/** What the name of a model stands for, where it is not a path. */
export type ModelName =
  | { readonly kind: 'hub'; readonly id: string; readonly revision?: string }
  | { readonly kind: 's3'; readonly uri: string; readonly archive: boolean }
  | { readonly problem: string };

const onHub = 'an id on the Hugging Face Hub such as org/name or org/name@revision';
const inS3 = 's3://bucket/prefix/ or s3://bucket/model.tar.gz';

/** Reads org/name, org/name@revision, s3://bucket/prefix/ or s3://bucket/….tar.gz. */
export function parseModelName(text: string): ModelName {
  return /^s3:/i.test(text) ? parseUri(text) : parseId(text);
}

function parseUri(uri: string): ModelName {
  const [, bucket, key] = /^s3:\/\/([^/]*)(?:\/(.*))?$/s.exec(uri) ?? [];
  if (!bucket || !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
    return { problem: `no bucket has such a name: give ${inS3}` };
  if (!/^[\w!.*'()/=+@:,-]*$/.test(key ?? '') || (key ?? '').length > 1000)
    return { problem: "the key has characters other than letters, digits and !_.*'()/=+@:,-" };
  if (uri.endsWith('.tar.gz')) return { kind: 's3', uri, archive: true };
  // SageMaker takes a prefix as it stands: without the slash, models/a is models/ab too.
  if (!uri.endsWith('/'))
    return { problem: `a prefix must end with "/" (${uri}/), and an archive with .tar.gz` };
  return { kind: 's3', uri, archive: false };
}

/** By the rules of huggingface_hub's validate_repo_id, and those of git for names of branches and tags. */
function parseId(text: string): ModelName {
  const at = text.indexOf('@');
  const id = at < 0 ? text : text.slice(0, at);
  const parts = id.split('/');
  if (parts.length > 2 || !parts.every((part) => /^\w[\w.-]*$/.test(part)))
    return { problem: `neither ${onHub} nor ${inS3}` };
  if (id.length > 96) return { problem: 'ids on the Hub have at most 96 characters' };
  if (/--|\.\.|[.-]$|[.-]\/|\.git$/.test(id))
    return { problem: 'ids on the Hub have no "--" or "..", and do not end in ".", "-" or ".git"' };
  if (at < 0) return { kind: 'hub', id };
  const revision = text.slice(at + 1);
  if (!/^\w[\w./+-]{0,199}$/.test(revision) || /\.\.|\/\/|\/\.|[./]$|\.lock$/.test(revision))
    return { problem: 'after the "@" stands a commit, a branch or a tag' };
  return { kind: 'hub', id, revision };
}
