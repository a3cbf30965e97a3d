import { bentoml } from './servers/bentoml/bentoml.ts';
import { asgi, own, protocol } from './servers/constant/constant.ts';
import { flaskSample } from './servers/flask/flask.ts';
import { litserve } from './servers/litserve/litserve.ts';
import { mlflow } from './servers/mlflow/mlflow.ts';
import { mlserver } from './servers/mlserver/mlserver.ts';
import { ours } from './servers/ours.ts';

/** The servers that are compared, in the order of the tables. */
export const servers = {
  fastapi: ours('fastapi'),
  flask: ours('flask'),
  mlflow,
  mlserver,
  bentoml,
  litserve,
  'flask-sample': flaskSample,
};

/** Servers without a model: what HTTP alone costs. */
export const constants = { 'constant-own': own, 'constant-protocol': protocol, 'constant-asgi': asgi };

export const all = { ...servers, ...constants };
export type ServerName = keyof typeof all;
/** The server to which the others are held in ratios. */
export const yardstick = 'flask-sample' satisfies ServerName;
