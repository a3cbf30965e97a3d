/** What the serving stacks in Python have in common: they differ in one file, the web app. */
export const pythonServer = {
  kind: 'python',
  ours: true,
  needsGpu: false,
  image: { name: 'python:3.12-slim' },
  // What reads quantised weights are packages of gigabytes, each for GPUs of its own.
  able: { reads: [] },
  layers: ['python'],
  requirements: {
    httptools: '0.9.0',
    orjson: '3.13.0',
    'python-mimeparse': '2.0.0',
    uvloop: '0.23.0',
  },
  packages: [
    ...['handler.py', 'kinds.py', 'logs.py', 'machine.py', 'settings.py', 'wire.py'],
    ...['server', 'worker'],
  ],
} as const;
