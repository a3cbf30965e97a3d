import { request } from 'node:http';

/** In real seconds: what SageMaker gives an answer to /ping. */
const limit = 2;

/** Whether a container says that it is healthy, in time. */
export function ping(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(new URL('/ping', url), { agent: false }, (response) => {
      response.resume();
      response.on('end', () => done(response.statusCode === 200));
      response.on('error', () => done(false));
    });
    // What has come by then is read first: where this process was kept waiting, timers would come before it.
    const timer = setTimeout(() => setImmediate(() => done(false)), limit * 1000);
    const done = (healthy: boolean) => {
      clearTimeout(timer);
      asked.destroy();
      resolve(healthy);
    };
    asked.on('error', () => done(false));
    asked.end();
  });
}
