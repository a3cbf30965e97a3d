import type { Server } from '../kinds.ts';
import { pythonServer } from '../python-server.ts';

export default {
  ...pythonServer,
  title: 'FastAPI',
  description: 'for your own routes, asynchronous',
  routes:
    '`async def` routes on its event loop, where one that blocks holds up all others and `/ping`; `def` routes in threads. Its lifespan runs, background tasks delay no answer, and what is streamed goes out at the pace of its client',
  requirements: { ...pythonServer.requirements, fastapi: '0.165.0', starlette: '1.10.0' },
} satisfies Server;
