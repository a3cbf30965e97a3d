import type { Server } from '../kinds.ts';
import { pythonServer } from '../python-server.ts';

export default {
  ...pythonServer,
  title: 'Flask',
  description: 'for your own routes',
  routes:
    'each request in a thread, of which there are `THREADS` (`code/ml_serving/server/wsgi.py`) at most. What is streamed goes out at the pace of its client',
  requirements: { ...pythonServer.requirements, Flask: '3.1.3', Werkzeug: '3.1.9' },
} satisfies Server;
