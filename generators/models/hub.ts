import { withoutEndSlashes } from '../settings/paths.ts';
import { parsePython } from './json.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A request's answer, or why there is none: the Hub's refusal is the user's to mend, `unreachable` is not. */
export type Answer =
  | { readonly json: unknown }
  | { readonly refused: string }
  | { readonly unreachable: string };

const timeoutSeconds = 10;

/** More than any config.json, or list of a repository's files, has. */
const mostBytes = 20_000_000;

/** The Hub, or what HF_ENDPOINT names in its place, as in huggingface_hub. */
function endpointOf(env: Environment): string {
  return withoutEndSlashes(env.HF_ENDPOINT || 'https://huggingface.co');
}

/** Gets JSON of a model from the Hub, with the token in HF_TOKEN if there is one. */
export async function ask(path: string, what: string, env: Environment): Promise<Answer> {
  if (/^(1|on|yes|true)$/i.test(env.HF_HUB_OFFLINE ?? '')) return { unreachable: 'HF_HUB_OFFLINE is set' };
  const endpoint = endpointOf(env);
  const token = env.HF_TOKEN?.trim();
  // In a header it would be refused, with all of it in the message.
  if (token && !/^[!-~]+$/.test(token))
    return {
      refused: 'HF_TOKEN holds no token: there are blanks, line ends or other signs in it that no token has',
    };
  try {
    const response = await fetch(`${endpoint}${path}`, {
      headers: { accept: 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      signal: AbortSignal.timeout(timeoutSeconds * 1000),
    });
    if (response.ok) return { json: parsePython(await limitedText(response)) };
    await response.body?.cancel();
    const refused = refusal(response, what, endpoint, Boolean(token));
    return refused ? { refused } : { unreachable: `${endpoint} answered with ${response.status}` };
  } catch (error) {
    return { unreachable: `${endpoint} ${reason(error)}` };
  }
}

/** The Hub says in a header what it is about: a model that is private looks like one that does not exist. */
function refusal(
  { status, headers }: Response,
  what: string,
  endpoint: string,
  token: boolean,
): string | undefined {
  const code = headers.get('x-error-code');
  const give = token
    ? 'the token in HF_TOKEN has no access to it'
    : 'give a token that has access to it in HF_TOKEN (made at https://huggingface.co/settings/tokens)';
  if (code === 'GatedRepo' || status === 403)
    return `it is gated or private: accept its terms at ${endpoint}/${what.replace(/@.*/s, '')}; ${give}`;
  if (code === 'RevisionNotFound') return 'the Hub has the model, but no such commit, branch or tag';
  if (code === 'EntryNotFound')
    return 'its repository holds no config.json, so transformers cannot load it (weights in GGUF alone are not enough)';
  if (status === 401)
    return `the Hub has no such model, or it is private or gated: check the name, or ${give}`;
  if (status === 404 || status === 400)
    return `the Hub has no such model or revision; if it is private, ${give}`;
  return undefined;
}

async function limitedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.byteLength;
    if (size > mostBytes) throw new Error(`sent more than ${mostBytes / 1e6} MB`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'did not answer';
  if (error.name === 'TimeoutError') return `did not answer within ${timeoutSeconds} s`;
  if (error instanceof SyntaxError) return 'sent something other than JSON';
  const { code } = (error.cause ?? {}) as { code?: unknown };
  return code ? `cannot be reached (${String(code)})` : `cannot be asked: ${error.message.slice(0, 200)}`;
}
