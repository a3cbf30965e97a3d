// npm run demo: from nothing to predictions, with what a user has: the built bin and the generated project's scripts.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { framework: { type: 'string', default: 'sklearn' } } });
const repository = resolve(import.meta.dirname, '..');
const name = `${values.framework}-demo`;
const project = join(repository, 'demo', name);

function run(cwd, file, ...args) {
  console.log(`\n$ ${[relative(repository, file) || file, ...args].join(' ')}`);
  const { status } = spawnSync(file, args, { cwd, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

async function call(url, path, headers = {}, payload = undefined) {
  const body = payload && readFileSync(join(project, 'sample_model/payloads', payload));
  const answer = await fetch(url + path, { method: body ? 'POST' : 'GET', headers, body });
  const text = await answer.text();
  console.log(
    `\n${body ? 'POST' : 'GET'} ${path} ${payload ? `(${headers['Content-Type']}, ${payload})` : ''}`.trimEnd(),
  );
  console.log(`  ${answer.status} ${text.trimEnd().replaceAll('\n', '\n      ')}`.trimEnd());
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
}

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

rmSync(project, { recursive: true, force: true });
const bin = join(repository, 'dist/generators/cli.cjs');
const flags = [
  name,
  `--framework=${values.framework}`,
  `--project-dir=demo/${name}`,
  '--include-sample',
  '--skip-prompts',
];
run(repository, bin, ...flags);
run(project, join(project, 'sample_model/train.sh'));

const port = await freePort();
console.log(`\n$ demo/${name}/run_local.sh ${port}`);
const server = spawn(join(project, 'run_local.sh'), [String(port)], { cwd: project, stdio: 'inherit' });
const ended = new Promise((done) => server.on('close', done));
const url = `http://127.0.0.1:${port}`;
try {
  for (let ready = false; !ready; await sleep(100)) {
    if (server.exitCode !== null) throw new Error('the server stopped');
    ready = await fetch(`${url}/ping`).then(
      ({ ok }) => ok,
      () => false,
    );
  }
  await call(url, '/ping');
  await call(url, '/invocations', { 'Content-Type': 'application/json' }, 'payload.json');
  const [payload, headers] = existsSync(join(project, 'sample_model/payloads/payload.csv'))
    ? ['payload.csv', { 'Content-Type': 'text/csv', Accept: 'text/csv' }]
    : ['payload.txt', { 'Content-Type': 'text/plain' }];
  await call(url, '/invocations', headers, payload);
} finally {
  server.kill('SIGTERM');
}
const code = await ended;
if (code !== 0) throw new Error(`the server ended with ${code}`);

console.log(`
The project is in demo/${name}. Next:
  cd demo/${name}
  ./run_local.sh   # serves it again, on port 8080
  test/run.sh      # tests the handler and the server
README.md there has the rest: your own model, the image, the endpoint.`);
