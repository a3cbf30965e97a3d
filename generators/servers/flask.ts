import type { Server } from '../kinds.ts';
import { pythonServer } from '../python-server.ts';

export default {
  ...pythonServer,
  title: 'Flask',
  description: 'WSGI, threads',
  requirements: { ...pythonServer.requirements, Flask: '3.1.3', Werkzeug: '3.1.9' },
  workerClass: 'gthread',
  // Requests wait in threads while one is predicted; /ping must never find all of them taken.
  threads: 64,
} satisfies Server;
