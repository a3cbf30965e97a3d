import type { Server } from '../kinds.ts';
import { pythonServer } from '../python-server.ts';

export default {
  ...pythonServer,
  title: 'Flask',
  description: 'for your own routes',
  requirements: { ...pythonServer.requirements, Flask: '3.1.3', Werkzeug: '3.1.9' },
} satisfies Server;
