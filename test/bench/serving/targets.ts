import { activated, command } from '../../harness.ts';
import { check } from './check.ts';
import { start } from './measure/running.ts';
import { type ModelName, models, type Trained } from './models.ts';
import type { Options } from './options.ts';
import { type RequestName, request, requests } from './requests.ts';
import type { Prepared, Server } from './servers/server.ts';
import { all, constants, type ServerName } from './servers.ts';

/** A server with a model, ready to be started. */
export interface Target {
  readonly name: ServerName;
  readonly server: Server;
  readonly model: ModelName | null;
  readonly prepared: Prepared;
  readonly asks: ReadonlyMap<RequestName, ReturnType<typeof request>>;
}

/** Every server with every model, installed and found to answer with the model's own predictions. */
export async function targets({ servers, models: chosen }: Options, trained: Trained): Promise<Target[]> {
  const pairs = [...chosen, null].flatMap((model) =>
    servers.filter((name) => serves(name, model)).map((name) => ({ name, model })),
  );
  const ready: Target[] = [];
  for (const { name, model } of pairs) {
    const server = all[name];
    // The constant servers leave it unread.
    const served = trained.models.get(model ?? 'logistic');
    if (!served) throw new Error(`no model ${model}`);
    const asks = new Map(
      (Object.keys(requests) as RequestName[]).map((ask) => [ask, request(ask, trained.rows, server.takes)]),
    );
    const prepared = await server.prepare(served);
    const running = await start(server, prepared);
    try {
      for (const [ask, sent] of asks) {
        const expected = model ? served.predictions.slice(0, requests[ask].rows) : [1];
        await check(server, running.url, sent, expected);
      }
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}\n${running.output()}`);
    } finally {
      await running.stop();
    }
    console.log(`${server.title}, ${model ?? 'no model'}: answers are right`);
    ready.push({ name, server, model, prepared, asks });
  }
  return ready;
}

function serves(name: ServerName, model: ModelName | null): boolean {
  if (name in constants || model === null) return name in constants && model === null;
  const kind = models[model];
  return !('servers' in kind) || (kind.servers as readonly string[]).includes(name);
}

const script = `
import sys
from importlib.metadata import PackageNotFoundError, version
for name in sys.argv[1:]:
    try:
        print(name, version(name))
    except PackageNotFoundError:
        pass`;

/** The versions of what makes up a server. */
export async function versionsOf({ server, prepared: { venv }, model }: Target): Promise<string[]> {
  const libraries = model ? ['numpy', 'scikit-learn', 'xgboost', 'xgboost-cpu'] : [];
  const args = ['-c', script, ...server.packages, ...libraries];
  const { stdout } = await command('python', args, { env: activated(venv) });
  return stdout.trim().split('\n');
}
