import type { Server } from '../kinds.ts';
import { pythonServer } from '../python-server.ts';

export default {
  ...pythonServer,
  title: 'Flask',
  description: 'WSGI, threads',
  requirements: { ...pythonServer.requirements, Flask: '3.1.3', Werkzeug: '3.1.9' },
  workerClass: 'gthread',
  // /ping must be answered while the model predicts.
  threads: 4,
} satisfies Server;
