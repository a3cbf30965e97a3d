import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { all } from '../../all.ts';
import { bin } from '../../harness.ts';
import { type Change, changed, untouched } from './changed.ts';
import { verify } from './run.ts';

/** A container with one line changed: what it does wrong, the change, and the checks that say so. */
type Broken = [what: string, ...Change, ...ids: string[]];

const broken: Broken[] = [
  // Shutdown
  [
    'leaves SIGTERM to the kernel, which drops it for the first process of a container',
    'serve',
    'signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=stop, args=(server,)).start())',
    'signal.signal(signal.SIGTERM, signal.SIG_DFL)',
    'sigterm-exit',
  ],
  [
    'ignores SIGTERM',
    'serve',
    'signal.SIGTERM, lambda *_: threading.Thread(target=stop, args=(server,)).start()',
    'signal.SIGTERM, signal.SIG_IGN',
    'sigterm-exit',
  ],
  [
    'drops requests in flight',
    'serve',
    'lambda *_: threading.Thread(target=stop, args=(server,)).start()',
    'lambda *_: os._exit(0)',
    'sigterm-in-flight',
  ],
  [
    'ends with an error after SIGTERM',
    'serve',
    'wait_until_idle(seconds=25)\n    os._exit(0)',
    'wait_until_idle(seconds=25)\n    os._exit(3)',
    'sigterm-code',
  ],
  // Start-up
  ['answers /ping on another path', 'web.py', '["ping"]', '["health"]', 'starts'],
  ['listens on 127.0.0.1 only', 'serve', '"0.0.0.0"', '"127.0.0.1"', 'all-interfaces'],
  [
    'listens on IPv6 only',
    'web.py',
    '    request_queue_size = 128',
    '    request_queue_size = 128\n    address_family = 10\n\n    def server_bind(self):\n        self.socket.setsockopt(41, 26, 1)\n        self.server_address = ("::", self.server_address[1])\n        super().server_bind()\n',
    'all-interfaces',
  ],
  [
    'answers nobody but 127.0.0.1',
    'web.py',
    '    request_queue_size = 128',
    '    request_queue_size = 128\n\n    def verify_request(self, request, client_address):\n        return client_address[0] == "127.0.0.1"\n',
    'all-interfaces',
  ],
  [
    'lets nobody but 127.0.0.1 ask for predictions',
    'web.py',
    'body = self.read_body()',
    'body = self.read_body()\n                if self.client_address[0] != "127.0.0.1":\n                    raise Refused(403, "not from here")',
    'all-interfaces',
  ],
  [
    'starts without a model',
    'predictor.py',
    '    try:\n        return json',
    '    if not Path(model_dir, "model.json").exists():\n        return [0.0] * 4\n    try:\n        return json',
    'model-missing',
  ],
  [
    'starts with a corrupt model',
    'predictor.py',
    '    try:\n        return json',
    '    if Path(model_dir, "model.json").exists():\n        return [0.5, -1.25, 2.0, 0.125]\n    try:\n        return json',
    'model-corrupt',
  ],
  ['waits for ever when there is no model', 'serve', 'os._exit(1)', 'signal.pause()', 'model-error-exits'],
  ['ends with 0 when there is no model', 'serve', 'os._exit(1)', 'os._exit(0)', 'model-error-exits'],
  // Health
  ['answers /ping with a text', 'web.py', '"text/plain", ""', '"text/plain", "pong"', 'ping-empty-body'],
  [
    'says that it is healthy when the process with the model is dead',
    'web.py',
    'or self.predictor.healthy()',
    'or self.predictor.loaded',
    'worker-death',
  ],
  [
    'has 24 threads for 32 clients',
    'web.py',
    'BoundedSemaphore(1000)',
    'BoundedSemaphore(24)',
    'ping-under-load',
  ],
  [
    'has a thread for each of 8 connections',
    'web.py',
    'BoundedSemaphore(1000)',
    'BoundedSemaphore(8)',
    'ping-under-load',
  ],
  // Invocations
  [
    'compares Content-Type with its parameters',
    'formats.py',
    'media_type(content_type or "application/json")',
    '(content_type or "application/json").lower()',
    'content-type-parameters',
  ],
  [
    'compares Content-Type with its capitals',
    'formats.py',
    'media_type(content_type or "application/json")',
    '(content_type or "application/json").split(";")[0]',
    'content-type-case',
  ],
  [
    'writes JSON that is none',
    'formats.py',
    'json.dumps({"predictions": predictions})',
    'json.dumps({"predictions": [*predictions, float("nan")]})',
    'invocations',
  ],
  [
    'cuts JSON off, since it counts characters',
    'formats.py',
    'json.dumps({"predictions": predictions})',
    'json.dumps({"predictions": predictions, "unit": "µm"}, ensure_ascii=False)',
    'invocations',
  ],
  [
    'compresses all, whatever is asked for',
    'web.py',
    'self.send_header("Content-Length", str(len(answer)))',
    'coded = __import__("gzip").compress(answer.encode(), mtime=0) if answer else b""\n            self.send_header("Content-Encoding", "gzip")\n            self.send_header("Content-Length", str(len(coded)))\n            answer = SimpleNamespace(encode=lambda: coded)',
    'content-encoding',
  ],
  [
    'sends errors with 200, as functions of Lambda do',
    'formats.py',
    'json.dumps({"predictions": predictions})',
    'json.dumps({"statusCode": 500, "body": json.dumps({"error": "no predict_proba"})})',
    'error-status',
  ],
  [
    'takes custom attributes in a form of its own',
    'web.py',
    'body = self.read_body()',
    'body = self.read_body()\n                if not self.headers.get("X-Amzn-SageMaker-Custom-Attributes", "{").startswith("{"):\n                    raise Refused(400, "custom attributes must be JSON")',
    'custom-attributes',
  ],
  [
    'fails with custom attributes in another form than its own',
    'web.py',
    'body = self.read_body()',
    'body = self.read_body()\n                json.loads(self.headers.get("X-Amzn-SageMaker-Custom-Attributes", "{}"))',
    'sagemaker-headers',
  ],
  [
    'ignores Accept',
    'web.py',
    'choose_encoder(self.headers["Accept"] or "application/json")',
    '"application/json"',
    'accept',
  ],
  ['knows no wildcard in Accept', 'formats.py', 'name == "*/*"', 'name == ""', 'accept-any'],
  ['ignores weights in Accept', 'formats.py', 'float(weight or 1)', '1.0', 'accept-quality'],
  [
    'refuses long headers',
    'web.py',
    'body = self.read_body()',
    'body = self.read_body()\n                if max(map(len, self.headers.values())) > 512:\n                    raise Refused(400, "a header is too long")',
    'sagemaker-headers',
  ],
  ['knows no chunks', 'web.py', '== "chunked"', '== "none"', 'chunked'],
  [
    'cannot read one of its content types',
    'formats.py',
    '"text/csv": read_csv',
    '"text/plain": read_csv',
    'invocations',
  ],
  // Errors
  [
    'answers 400 to an unknown Content-Type',
    'formats.py',
    'Refused(415',
    'Refused(400',
    'unknown-content-type',
  ],
  ['answers 500 to an unknown Content-Type', 'formats.py', 'Refused(415', 'Refused(500', 'unknown-types'],
  ['answers 500 to an unknown Accept', 'formats.py', 'Refused(406', 'Refused(500', 'unknown-types'],
  [
    'answers 500 to bad JSON',
    'formats.py',
    'Refused(400, f"cannot read the body',
    'Refused(500, f"cannot read the body',
    'malformed-body',
  ],
  [
    'answers 500 to an empty body',
    'formats.py',
    'Refused(400, "the body is empty',
    'Refused(500, "the body is empty',
    'empty-body',
  ],
  [
    'answers 500 to a row that is too short',
    'formats.py',
    'Refused(400, f"each row',
    'Refused(500, f"each row',
    'wrong-features',
  ],
  [
    'lets unusual JSON fail',
    'formats.py',
    'except (ValueError, TypeError, KeyError,',
    'except (ValueError, KeyError,',
    'malformed-body',
  ],
  [
    'sends a stack trace',
    'web.py',
    'json.dumps({"error": str(refused)})',
    'json.dumps({"error": __import__("traceback").format_exc()})',
    'error-body',
  ],
  [
    'reads NPY with pickle',
    'formats.py',
    '        raise ValueError("not an array of float64")',
    '        if "|O" in head:\n            __import__("pickle").loads(body[end:])\n        raise ValueError("not an array")',
    'pickle',
  ],
  [
    'answers GET /invocations',
    'web.py',
    'raise Refused(405, "POST only")',
    'return 200, "text/plain", ""',
    'get-invocations',
  ],
  // Transfer
  ['takes 6 MB at most', 'web.py', '32 * 1024', '6 * 1024', 'body-25mb'],
  ['takes any size', 'web.py', '32 * 1024 * 1024', '1 << 40', 'body-limit'],
  [
    'closes each connection',
    'web.py',
    'self.end_headers()',
    'self.send_header("Connection", "close")\n            self.end_headers()',
    'keep-alive',
  ],
  [
    'does not answer Expect',
    'web.py',
    '    def handle(self)',
    '    def handle_expect_100(self) -> bool:\n        return True\n\n    def handle(self)',
    'expect-continue',
  ],
  [
    'reads 6 MB of a larger body',
    'web.py',
    'return self.rfile.read(length)',
    'body = self.rfile.read(length)\n        return body[: 6 * 1024 * 1024]',
    'body-25mb',
  ],
  // Concurrency
  [
    'gives callers the answers of others',
    'web.py',
    'current = threading.local()',
    'current = SimpleNamespace()',
    'answers-belong',
  ],
  [
    'fails with more than 16 requests',
    'web.py',
    'if self.server.busy > QUEUE:\n            raise Refused(503',
    'if self.server.busy > 17:\n            raise Refused(500',
    'load-answers',
  ],
  [
    'answers 200 with an error when it is busy',
    'web.py',
    'if self.server.busy > QUEUE:\n            raise Refused(503',
    'if self.server.busy > 17:\n            raise Refused(200',
    'load-answers',
  ],
  // Files
  [
    'writes into the model directory',
    'predictor.py',
    '    print("loaded"',
    '    Path(sys.argv[1], "cache").touch()\n    print("loaded"',
    'model-read-only',
  ],
  [
    'writes into its home',
    'predictor.py',
    '    print("loaded"',
    '    Path.home().joinpath("cache").touch()\n    print("loaded"',
    'other-files',
  ],
  [
    'makes a folder in the model directory',
    'predictor.py',
    '    print("loaded"',
    '    Path(sys.argv[1], "cache").mkdir()\n    print("loaded"',
    'model-read-only',
  ],
  // Environment
  [
    'opens a second port',
    'serve',
    '    server.serve_forever()',
    '    metrics = Server(("0.0.0.0", 0))\n    server.serve_forever()',
    'one-port',
  ],
  [
    'needs SM_MODEL_DIR',
    'serve',
    'os.environ.get("SM_MODEL_DIR", "/opt/ml/model")',
    'os.environ["SM_MODEL_DIR"]',
    'as-hosted',
  ],
  [
    'listens on 5000 unless told otherwise',
    'serve',
    '"SAGEMAKER_BIND_TO_PORT", "8080"',
    '"SAGEMAKER_BIND_TO_PORT", "5000"',
    'as-hosted',
  ],
  // Logs
  ['says nothing', 'serve', 'print(f"listening on port {PORT}", flush=True)', 'pass', 'logs'],
  [
    'logs what it refuses',
    'web.py',
    'self.log_message("refused: %s", refused)',
    'self.log_message("refused: %s, %s", refused, locals().get("body"))',
    'logs-payload',
  ],
  [
    'logs what it predicts from',
    'web.py',
    '        with predictor.turn:',
    '        self.log_message("rows: %s", current.rows[:10])\n        with predictor.turn:',
    'logs-payload',
  ],
  ['logs each /ping', 'web.py', 'if self.path != "/ping"', 'if self.path', 'logs-ping'],
  // Batch
  [
    'announces more than 100 MB',
    'web.py',
    '"MaxConcurrentTransforms": 1',
    '"MaxConcurrentTransforms": 50',
    'execution-parameters',
  ],
  [
    'refuses batch transform',
    'serve',
    'if sys.argv[1:] != ["serve"]',
    'if os.environ.get("SAGEMAKER_BATCH")',
    'batch-starts',
  ],
  [
    'answers CSV in one line',
    'formats.py',
    '"".join(f"{p}\\n" for p in predictions)',
    '",".join(map(str, predictions))',
    'batch-lines',
  ],
  // Multi-model
  ['needs a model of its own', 'serve', 'if not MULTI_MODEL:', 'if True:', 'models-ping'],
  [
    'is not healthy without models',
    'web.py',
    'self.predictor is None or',
    'self.predictor and',
    'models-ping',
  ],
  ['loads a model twice', 'web.py', 'Refused(409', 'Refused(200', 'models-load'],
  ['lists no models', 'web.py', 'json.dumps({"models": listed})', '"{}"', 'models-list'],
  [
    'keeps models that are to be unloaded',
    'web.py',
    'models.pop(name).predictor.end()',
    'pass',
    'models-unload',
  ],
  [
    'unloads all models for one',
    'web.py',
    'models.pop(name).predictor.end()',
    '[models.pop(key).predictor.end() for key in list(models)]',
    'models-unload',
  ],
  [
    'says that it has loaded what is no model',
    'web.py',
    'if not predictor.wait_until_loaded():',
    'if not predictor.wait_until_loaded() and not url:',
    'models-refuse',
  ],
  [
    "writes into a model's folder when it loads it",
    'web.py',
    '        predictor = Predictor(url)',
    '        open(f"{url}/lock", "w").close()\n        predictor = Predictor(url)',
    // Whom the mode of the folder keeps out cannot load any.
    process.getuid?.() === 0 ? 'models-read-only' : 'models-load',
  ],
  [
    'has no path for one model',
    'web.py',
    'return self.invoke(models[name].predictor, body)',
    'raise Refused(400, "no")',
    'models-invoke',
  ],
  // Requests that are larger than the sample
  [
    'fails above 50 rows',
    'web.py',
    '        with predictor.turn:',
    '        if len(current.rows) > 50:\n            raise Refused(500, "no room")\n        with predictor.turn:',
    'many-rows',
  ],
  [
    'answers zeros after row 100',
    'web.py',
    'predictor.predict(current.rows)',
    '[p if row < 100 else 0.0 for row, p in enumerate(predictor.predict(current.rows))]',
    'many-rows',
  ],
  [
    'answers the first 100 rows alone',
    'web.py',
    'predictor.predict(current.rows)',
    'predictor.predict(current.rows)[:100]',
    'many-rows',
  ],
  [
    'mixes the rows of large requests up',
    'web.py',
    'predictor.predict(current.rows)',
    'sorted(predictor.predict(current.rows)) if len(current.rows) > 20 else predictor.predict(current.rows)',
    'many-rows',
  ],
  [
    'announces 7 bytes more than a large answer has',
    'web.py',
    'str(len(answer))',
    'str(len(answer) + 7 * (len(answer) > 1000))',
    'many-rows',
  ],
  // Connections
  [
    'answers only those who call it localhost',
    'web.py',
    'body = self.read_body()',
    'body = self.read_body()\n                if not self.headers["Host"].startswith(("127.", "localhost")):\n                    raise Refused(400, "unknown host")',
    'host-header',
  ],
  [
    'sends more than it announces',
    'web.py',
    'self.wfile.write(answer.encode())',
    'self.wfile.write(answer.encode() + b"more" * (status == 415))',
    'framing',
  ],
  [
    'answers the 95th request on a connection with nothing',
    'web.py',
    '        encoder = choose_encoder(',
    '        self.nth = getattr(self, "nth", 0) + 1\n        if self.nth == 95:\n            return 200, "application/json", "{}"\n        encoder = choose_encoder(',
    'nth-request',
  ],
  [
    'closes a connection that was idle when it is used again',
    'web.py',
    '    def handle(self)',
    '    def handle_one_request(self) -> None:\n        super().handle_one_request()\n        self.last = time.monotonic()\n\n    def parse_request(self) -> bool:\n        late = time.monotonic() - getattr(self, "last", time.monotonic()) > 5\n        parsed = super().parse_request()\n        self.close_connection |= late\n        return parsed and not late\n\n    def handle(self)',
    'idle-connection',
  ],
  [
    'takes lines of CSV without CR alone',
    'formats.py',
    'body.decode().splitlines()',
    'body.decode().replace("\\r", "!").splitlines()',
    'csv-line-ends',
  ],
  [
    'loses the last line of CSV unless a newline ends it',
    'formats.py',
    'body.decode().splitlines()',
    'body.decode().replace("\\r", "").split("\\n")[:-1]',
    'last-line',
  ],
  // What it holds
  ...(
    [
      ['files', 'kept.append(open("/dev/null"))'],
      ['threads', 'threading.Thread(target=threading.Event().wait, daemon=True).start()'],
      ['processes that have ended', '__import__("os").posix_spawn("/bin/true", ["true"], {})'],
      ['memory', 'kept.append(b"x" * 100_000)'],
      ['the body', 'kept.append(body)'],
      ['temporary files', '__import__("os").close(__import__("tempfile").mkstemp()[0])'],
    ] as const
  ).map(
    ([what, line]): Broken => [
      `keeps ${what} of each request`,
      'web.py',
      '        encoder = choose_encoder(',
      `        kept = self.server.__dict__.setdefault("kept", [])\n        ${line}\n        encoder = choose_encoder(`,
      'leaks',
    ],
  ),
  // Where it runs
  [
    'answers by its time zone',
    'formats.py',
    'json.dumps({"predictions": predictions})',
    'json.dumps({"predictions": [p + __import__("time").timezone for p in predictions]})',
    'locale',
  ],
  [
    'needs a home',
    'serve',
    'print(f"listening on port {PORT}", flush=True)',
    'print(f"listening on port {PORT}", os.environ["HOME"], flush=True)',
    'no-home',
  ],
  [
    'prints its environment',
    'serve',
    'print(f"listening on port {PORT}", flush=True)',
    'print(dict(os.environ), flush=True)',
    'logs-secrets',
  ],
  [
    'ends with its terminal',
    'serve',
    'print(f"listening on port {PORT}", flush=True)',
    'signal.signal(signal.SIGHUP, lambda *_: os._exit(1))\n    print("listening", flush=True)',
    'sighup',
  ],
  [
    "sends Express's stack trace, in HTML",
    'web.py',
    'json.dumps({"error": str(refused)})',
    'json.dumps({"error": "<pre>Error: no<br> &nbsp; &nbsp;at Layer.handle (/app/node_modules/express/lib/router/layer.js:95:5)</pre>"})',
    'error-body',
  ],
  // One cause, and what else shows it
  [
    'says 200 on /ping whatever becomes of its model',
    'web.py',
    'return (200 if self.server.healthy() else 503), "text/plain", ""',
    'return 200, "text/plain", ""',
    'ready',
  ],
  ['has one thread', 'web.py', 'BoundedSemaphore(1000)', 'BoundedSemaphore(1)', 'ping-under-load'],
  ['speaks HTTP/1.0', 'web.py', '"HTTP/1.1"', '"HTTP/1.0"', 'keep-alive'],
  [
    'answers 500 to all that it cannot take',
    'formats.py',
    'self.status = status',
    'self.status = 500 if status == 400 else status',
    'malformed-body',
  ],
  [
    'answers for the first row alone',
    'web.py',
    'predictor.predict(current.rows)',
    'predictor.predict(current.rows)[:1]',
    'many-rows',
  ],
  [
    'fails with bodies of more than 50 KB',
    'web.py',
    'if length > MAX_BODY:\n            self.close_connection = True\n            raise Refused(413',
    'if length > 50 * 1024:\n            self.close_connection = True\n            raise Refused(500',
    'many-rows',
  ],
  ['can load no model', 'web.py', 'if model_name in self.server.models:', 'if model_name:', 'models-load'],
  ...(
    [
      ['starts at the second attempt', 'not mark.exists()', 'starts'],
      ['leaves a lock that its next start takes amiss', 'mark.exists()', 'starts-again'],
    ] as const
  ).map(
    ([what, condition, id]): Broken => [
      what,
      'serve',
      '    server = Server(',
      `    mark = __import__("pathlib").Path(__file__).parent.parent / "lock"\n    if ${condition}:\n        mark.touch()\n        sys.exit("locked")\n    mark.touch()\n    server = Server(`,
      id,
    ],
  ),
  // By chance, whatever is asked
  ...(
    [
      ['closes the connection', 'raise RuntimeError'],
      ['ends', '__import__("os")._exit(9)'],
      ['answers 500', 'raise Refused(500, "no")'],
    ] as const
  ).map(
    ([what, line]): Broken => [
      `${what} at every seventh request`,
      'web.py',
      '        encoder = choose_encoder(',
      `        self.server.nth = getattr(self.server, "nth", 0) + 1\n        if self.server.nth % 7 == 0:\n            ${line}\n        encoder = choose_encoder(`,
      'each-request',
    ],
  ),
  // Image, as the Dockerfile says
  [
    'is started by uvicorn, which takes no serve',
    'Dockerfile',
    'ENTRYPOINT ["/opt/program/serve"]',
    'ENTRYPOINT ["uvicorn", "web:app"]',
    'entry-point',
  ],
  [
    'has an entry point in shell form',
    'Dockerfile',
    'ENTRYPOINT ["/opt/program/serve"]',
    'ENTRYPOINT /opt/program/serve',
    'entry-point',
  ],
  ['misspells a label', 'Dockerfile', 'accept-bind-to-port=true', 'multi-containers=yes', 'labels'],
  ['holds a secret', 'Dockerfile', 'ENV ', 'ENV API_TOKEN=abc0123456789 ', 'secrets'],
];

/** They are found out by waiting. */
const waiting = [
  'answers /ping on another path',
  'listens on 5000 unless told otherwise',
  'is not healthy without models',
  'waits for ever when there is no model',
];

/** One for each check: of the others, the second form, in test:all, is enough. */
const often = broken
  .filter(([what]) => !waiting.includes(what))
  .filter(([, , , , id], n, rest) => rest.findIndex((one) => one[4] === id) === n);

/** Makes some of the checks on a container: those that it fails are said to, each with its detail and a fix. */
async function foundOut([_, file, from, to, ...ids]: Broken, checks: string) {
  const project = changed([file, from, to]);
  const { code, failed, report } = await verify([project, checks, '--timeout=20']);
  expect(failed.map(({ id, detail }) => `${id}: ${detail}`).join('\n')).toMatch(
    new RegExp(`^${ids.map((id) => `${id}: .+`).join('\n')}$`),
  );
  expect(code).toBe(failed.some(({ level }) => level !== 'info') ? 1 : 0);
  expect(report.checks.find(({ id }) => id === ids[0])?.fix).toBeTruthy();
}

describe('a container that', () => {
  // First those that wait longest: the others are done meanwhile.
  for (const [rest, options, checks] of [
    ['is found out', {}, '--only=ready'],
    ['is found out, and nothing else is said of it', all, '--skip=time-outs'],
  ] as const)
    test.concurrent(`says that it is healthy before the model is loaded ${rest}`, options, async () => {
      const project = changed(
        ['web.py', 'or self.predictor.healthy()', 'or self.predictor.process.poll() is None'],
        // Longer than a busy machine takes to ask it, and not so long that it is taken for one that stays healthy.
        ['predictor.py', 'time.sleep(0.3)', 'time.sleep(2.5)'],
      );
      const { code, failed } = await verify([project, checks]);
      const said = { detail: expect.stringMatching(/./), fix: expect.stringMatching(/./) };
      expect(failed).toEqual([expect.objectContaining({ id: 'ready', ...said })]);
      expect(code).toBe(1);
    });

  test.concurrent('dies of a request is found out, and so is that it dies after an answer', async () => {
    const died = changed([
      'web.py',
      '        with predictor.turn:',
      '        if len(current.rows) > 50:\n            __import__("os")._exit(9)\n        with predictor.turn:',
    ]);
    const later = changed([
      'web.py',
      'self.wfile.write(answer.encode())',
      'self.wfile.write(answer.encode())\n            if status == 415:\n                threading.Timer(0.1, __import__("os")._exit, [9]).start()',
    ]);
    const unread = changed([
      'formats.py',
      '        raise Refused(400, f"cannot read the body',
      '        __import__("os")._exit(9)\n        raise Refused(400, f"cannot read the body',
    ]);
    const [at, after, malformed] = await Promise.all([
      verify([died, '--only=many-rows,body-25mb,stays-alive']),
      verify([later, '--only=unknown-content-type,stays-alive']),
      verify([unread, '--only=malformed-body,error-body,stays-alive']),
    ]);
    const said = ({ failed }: typeof at) => failed.map(({ id, detail }) => `${id}: ${detail}`).join('\n');
    expect(said(at)).toBe('stays-alive: the server ended with 9 at many-rows');
    expect(at.report.checks[0]).toMatchObject({
      status: 'skipped',
      detail: expect.stringMatching(/^the same as stays-alive, by what it shows: \d+ rows .*ended with 9$/),
    });
    expect(said(after)).toMatch(/^stays-alive: the server ended with 9.*$/);
    expect(said(malformed)).toBe('stays-alive: the server ended with 9 at malformed-body, error-body');
    expect([at.code, after.code, malformed.code]).toEqual([1, 1, 1]);
  });

  test.concurrent('shows one cause in several ways is told it once, and what else shows it is not lost', async () => {
    const project = changed(['web.py', '"HTTP/1.1"', '"HTTP/1.0"']);
    const { code, failed, report } = await verify([project, '--only=keep-alive,expect-continue']);
    const { failed: alone } = await verify([project, '--only=expect-continue']);
    expect([failed, alone].map((found) => found.map(({ id }) => id))).toEqual([
      ['keep-alive'],
      ['expect-continue'],
    ]);
    expect(report.checks.at(-1)).toMatchObject({
      status: 'skipped',
      detail: expect.stringMatching(
        /^the same as keep-alive, by what it shows: it said nothing for \d+ seconds/,
      ),
    });
    expect(code).toBe(1);
  });

  test.concurrent('fails by chance is told so once, whatever else meets it', async () => {
    const project = changed([
      'web.py',
      'body = self.read_body()',
      'body = self.read_body()\n                self.server.nth = getattr(self.server, "nth", 0) + 1\n                if self.server.nth % 7 == 0:\n                    return self.connection.shutdown(2)',
    ]);
    const only = '--only=each-request,ping-time,content-type-parameters,accept,framing,nth-request';
    const { failed, report } = await verify([project, only]);
    expect(failed.map(({ id, detail }) => `${id}: ${detail}`)).toEqual([
      expect.stringMatching(/^each-request: [678] of 50: the connection was closed before an answer came$/),
    ]);
    const same = report.checks.filter(({ detail }) => detail?.startsWith('the same as '));
    expect(same.map(({ id }) => id)).toEqual(expect.arrayContaining(['ping-time', 'nth-request']));
  });

  test.concurrent(
    'takes many rows for wrong is found out, and so is one that is slow with them',
    all,
    async () => {
      const refusing = (status: number) =>
        changed([
          'web.py',
          '        with predictor.turn:',
          `        if len(current.rows) > 50:\n            raise Refused(${status}, "no")\n        with predictor.turn:`,
        ]);
      const slow = changed([
        'web.py',
        'predictor.predict(current.rows)',
        '[p if row < 1000 else 0.0 for row, p in enumerate(time.sleep(0.003 * len(current.rows)) or predictor.predict(current.rows))]',
      ]);
      const [wrong, large, late] = await Promise.all(
        [refusing(400), refusing(413), slow].map((project) => verify([project, '--only=many-rows'])),
      );
      expect(wrong?.failed).toEqual([
        expect.objectContaining({ detail: expect.stringMatching(/^\d+ rows .*: 400/) }),
      ]);
      expect(large?.failed).toEqual([]);
      expect(late?.failed).toEqual([
        expect.objectContaining({ detail: expect.stringContaining('row 1001 gets another answer') }),
      ]);
    },
  );

  test.concurrent('rounds by how many rows a batch has passes, as float32 does', async () => {
    const rounding = changed([
      'web.py',
      'predictor.predict(current.rows)',
      '[p * (1 + 3e-5 / len(current.rows)) for p in predictor.predict(current.rows)]',
    ]);
    const { code, failed } = await verify([rounding, '--only=many-rows,answers-belong,body-25mb']);
    expect(failed).toEqual([]);
    expect(code).toBe(0);
  });

  test.concurrent('fails where a newline ends the last line is told that, and nothing of how many rows it takes', async () => {
    const project = changed(['formats.py', 'body.decode().splitlines()', 'body.decode().split("\\n")']);
    const file = join(project, 'payloads/payload.csv');
    writeFileSync(file, readFileSync(file, 'utf8').trimEnd());
    const only = '--only=last-line,csv-line-ends,wrong-features,many-rows,batch-lines';
    const { failed } = await verify([project, `--payload=${file}`, only]);
    expect(failed.map(({ id, detail }) => `${id}: ${detail}`)).toEqual([
      expect.stringMatching(/^last-line: text\/csv with it: 400/),
    ]);
  });

  test.concurrent('takes three rows and no other number, as the steps of a series, is not asked for more', async () => {
    const taking = (status: number) =>
      changed([
        'formats.py',
        '    if any(len(row) != width',
        `    if len(rows) != 3:\n        raise Refused(${status}, "no")\n    if any(len(row) != width`,
      ]);
    const [steps, fixed] = await Promise.all(
      [taking(400), taking(500)].map((project) => verify([project, '--only=invocations,many-rows'])),
    );
    expect(steps?.failed).toEqual([]);
    expect(steps?.report.checks.at(-1)?.detail).toContain('they are no requests of their own');
    // That it fails is a finding all the same.
    expect(fixed?.failed.map(({ id }) => id)).toEqual(['many-rows']);
  });

  test.concurrent('never ends a large answer is found out', all, async () => {
    const project = changed([
      'web.py',
      'self.wfile.write(answer.encode())',
      'self.wfile.write(answer.encode()[:1000])\n            time.sleep(90 * (len(answer) > 1000))',
    ]);
    const { failed } = await verify([project, '--only=many-rows']);
    expect(failed).toEqual([
      expect.objectContaining({ detail: expect.stringContaining('no answer within') }),
    ]);
  });

  test.concurrent(
    'says of no answer how long it is is told that, by no other check and without a minute for each request',
    all,
    async () => {
      const project = changed([
        'web.py',
        '            self.send_header("Content-Length", str(len(answer)))',
        '            if self.command == "GET":\n                self.send_header("Content-Length", str(len(answer)))',
      ]);
      const only = '--only=invocations,ping-under-load,keep-alive,framing,nth-request,load-answers';
      const { failed, report } = await verify([project, only]);
      expect(failed.map(({ id, detail }) => `${id}: ${detail}`)).toEqual([
        'framing: the sample request: neither Content-Length nor Transfer-Encoding; it keeps the connection open',
      ]);
      expect(failed[0]?.fix).toContain('send Content-Length');
      expect(report.seconds).toBeLessThan(110);
    },
  );

  test.concurrent('breaks off an answer in chunks is told after how many bytes', async () => {
    const project = changed([
      'web.py',
      '            self.send_header("Content-Length", str(len(answer)))\n            self.end_headers()\n            self.wfile.write(answer.encode())',
      '            if status != 200 or not answer:\n                self.send_header("Content-Length", str(len(answer)))\n                self.end_headers()\n                return self.wfile.write(answer.encode())\n            self.send_header("Transfer-Encoding", "chunked")\n            self.end_headers()\n            self.wfile.write(b"%x\\r\\n%s\\r\\n" % (len(answer), answer.encode()))\n            self.close_connection = True',
    ]);
    const { failed } = await verify([
      project,
      '--only=invocations',
      `--payload=${join(project, 'payloads/payload.json')}`,
    ]);
    expect(failed).toEqual([
      expect.objectContaining({
        detail: expect.stringMatching(
          /: an answer with 200 was cut off after \d\d+ bytes of its body \(no last chunk came\)$/,
        ),
      }),
    ]);
  });

  test.concurrent('answers elsewhere is told that SageMaker does not go there', async () => {
    const elsewhere = (path: string) =>
      changed(
        [
          'web.py',
          '            self.send_header("Content-Type", content_type)',
          `            if self.path == "${path}":\n                self.send_header("Location", "${path}/")\n            self.send_header("Content-Type", content_type)`,
        ],
        [
          'web.py',
          '            self.send_response(status)',
          `            status = 307 if self.path == "${path}" else status\n            self.send_response(status)`,
        ],
      );
    const [ping, invocations] = await Promise.all([
      verify([elsewhere('/ping'), '--only=starts', '--timeout=4']),
      verify([elsewhere('/invocations'), '--only=invocations']),
    ]);
    const words = (path: string) => `307 to ${path}/, and SageMaker follows no redirects`;
    expect(ping?.failed).toEqual([
      expect.objectContaining({ id: 'starts', detail: expect.stringContaining(words('/ping')) }),
    ]);
    expect(invocations?.failed).toEqual([
      expect.objectContaining({ id: 'invocations', detail: expect.stringContaining(words('/invocations')) }),
    ]);
  });

  test.concurrent('closes connections that it has said to keep is found out', async () => {
    const project = changed([
      'web.py',
      'self.wfile.write(answer.encode())',
      'self.wfile.write(answer.encode())\n            self.close_connection = hash(time.monotonic_ns()) % 3 == 0',
    ]);
    const { code, failed } = await verify([project, '--only=keep-alive,load-answers']);
    expect(failed.map(({ id }) => id)).toEqual(['keep-alive', 'load-answers']);
    expect(code).toBe(1);
  });

  for (const [what, options, more, place] of [
    ['a clock in whole seconds', all, '"meta": {"at": time.strftime("%H:%M:%S")}', '/meta/at'],
    ['an id', all, '"id": str(__import__("uuid").uuid4())', '/id'],
    ['how long it took', all, '"latency_ms": time.monotonic() % 1', '/latency_ms'],
  ] as const)
    test.concurrent(
      `answers each time with ${what} is checked all the same, but for that`,
      options,
      async () => {
        const varying = changed([
          'formats.py',
          'json.dumps({"predictions": predictions})',
          `json.dumps({"predictions": predictions, ${more.replaceAll('time.', '__import__("time").')}})`,
        ]);
        const worse = (from: string, to: string) => {
          const file = join(varying, 'web.py');
          writeFileSync(
            file,
            readFileSync(file, 'utf8').replace(from, () => to),
          );
        };
        const flags = [
          `--payload=${join(varying, 'payloads/payload.json')}`,
          '--skip=time-outs,start-up,image,as-hosted,connections,ping-under-load',
        ];
        const { code, failed, report } = await verify([varying, ...flags]);
        expect(failed).toEqual([]);
        expect(code).toBe(0);
        const skipped = report.checks.filter(({ status }) => status === 'skipped').map(({ id }) => id);
        expect(skipped.sort()).toEqual([
          'any-user',
          'batch-lines',
          'csv-line-ends',
          'last-line',
          'no-network',
          'root-read-only',
        ]);
        expect(report.checks.find(({ id }) => id === 'invocations')?.detail).toContain(
          `not compared: ${place}`,
        );
        // What does not vary is compared.
        worse('current = threading.local()', 'current = SimpleNamespace()');
        worse('predictor.predict(current.rows)', 'predictor.predict(current.rows)[:100]');
        const { failed: found } = await verify([varying, ...flags, '--only=answers-belong,many-rows']);
        expect(found.map(({ id }) => id)).toEqual(['many-rows', 'answers-belong']);
      },
    );

  test.concurrent(
    'draws its predictions at random is compared in nothing, and asked all the same',
    all,
    async () => {
      const project = changed([
        'formats.py',
        'json.dumps({"predictions": predictions})',
        'json.dumps({"predictions": [__import__("random").random() for _ in predictions]})',
      ]);
      const flags = [
        `--payload=${join(project, 'payloads/payload.json')}`,
        '--skip=time-outs,start-up,image,as-hosted,connections,ping-under-load',
      ];
      const { code, failed, report } = await verify([project, ...flags]);
      expect(failed).toEqual([]);
      expect(code).toBe(0);
      expect(report.checks.find(({ id }) => id === 'answers-belong')?.detail).toBe(
        'its answers cannot be told apart but by what differs each time: /predictions/*',
      );
      expect(report.checks.find(({ id }) => id === 'many-rows')?.status).toBe('passed');
    },
  );

  test.concurrent('knows only /opt/ml/model is found right: its model is there', async () => {
    const project = changed(['serve', 'os.environ.get("SM_MODEL_DIR", "/opt/ml/model")', '"/opt/ml/model"']);
    const { code, failed, report } = await verify([
      project,
      '--only=starts,model-missing,model-corrupt,model-error-exits,as-hosted,sigterm-exit,model-read-only',
    ]);
    expect(failed).toEqual([]);
    expect(code).toBe(0);
    expect(report.counts.skipped).toBe(0);
    expect(report.checks[0]?.detail).toContain('with its model at /opt/ml/model in a mount namespace');
  });

  test.concurrent('has no sample request is no success: most of what must be so was not looked at', async () => {
    const project = changed();
    rmSync(join(project, 'payloads'), { recursive: true });
    const { code, report } = await verify([project, '--skip=time-outs,start-up,multi-model']);
    expect(report.mostlySkipped).toMatch(
      /^NO SUCCESS: \d+ of \d+ checks of what must be so were not made, \d+ of them because there is no sample request: give one with --payload$/,
    );
    expect(code).toBe(1);
  });

  test.concurrent('cannot show what --only names is no success, and what has been told already was made', async () => {
    const server = createServer((_request, response) => response.end()).listen(0);
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const only = '--only=starts,health,sigterm-exit,multi-model';
    const one = changed(['web.py', '"HTTP/1.1"', '"HTTP/1.0"']);
    const [{ code, failed, report }, told] = await Promise.all([
      verify([url, only]),
      verify([one, '--only=keep-alive,expect-continue']),
    ]);
    server.close();
    expect(failed).toEqual([]);
    expect(report.notMade).toBe(
      'NO SUCCESS: --only asks for what could not be checked here: sigterm-exit (a server that runs already cannot be started anew); multi-model (a server that runs already cannot be started anew)',
    );
    expect(code).toBe(1);
    expect(told.report.checks.map(({ status }) => status)).toEqual(['failed', 'skipped']);
    expect(told.report.notMade).toBeUndefined();
  });

  test.concurrent('leaves its server in the background is told to stay in the foreground', async () => {
    const project = changed([
      'serve',
      '    server = Server(',
      '    if os.fork():\n        os._exit(0)\n    server = Server(',
    ]);
    const { failed } = await verify([project, '--timeout=5', '--only=starts']);
    expect(failed).toEqual([
      expect.objectContaining({ detail: expect.stringContaining('stay in the foreground') }),
    ]);
  });

  test.concurrent('ends with its standard input is told that there is none, and not of a background', async () => {
    const project = changed([
      'serve',
      '    server = Server(',
      '    sys.stdin.read()\n    sys.exit(0)\n    server = Server(',
    ]);
    const { failed } = await verify([project, '--timeout=5', '--only=starts']);
    expect(failed).toEqual([
      expect.objectContaining({
        detail:
          'it ended with 0 and left nothing behind: it has to stay, in the foreground, without a terminal and with nothing on standard input; it printed nothing',
      }),
    ]);
  });

  test.concurrent('waits for SIGTERM blocked, as tini does, passes', async () => {
    const project = changed(
      [
        'serve',
        '    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=stop, args=(server,)).start())',
        '    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])',
      ],
      [
        'serve',
        '    server.serve_forever()',
        '    threading.Thread(target=server.serve_forever, daemon=True).start()\n    signal.sigwait([signal.SIGTERM])\n    stop(server)',
      ],
    );
    const { failed, code } = await verify([project, '--only=sigterm-exit,sigterm-in-flight,sigterm-code']);
    expect(failed).toEqual([]);
    expect(code).toBe(0);
  });

  test.concurrent('was saved on Windows is told of the line ends that no message shows', async () => {
    const project = changed();
    const file = join(project, 'serve');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('\n', '\r\n'));
    const { failed } = await verify([project, '--timeout=5', '--only=starts']);
    expect(failed).toEqual([
      expect.objectContaining({
        detail: expect.stringContaining(`the first line of ${file} ends with CR LF`),
      }),
    ]);
  });

  test.concurrent('has a program that cannot be executed is found out', async () => {
    const project = changed(['serve', '/usr/bin/env python3', '/no/such/python']);
    const { code, failed } = await verify([project, '--timeout=5', '--skip=image']);
    expect(failed).toEqual([
      expect.objectContaining({
        id: 'starts',
        detail: expect.stringContaining('cannot be started: ENOENT: the program that its first line names'),
      }),
    ]);
    expect(code).toBe(1);
  });

  test.concurrent('refuses 25 MB is told by which status, though it closes the connection at once', async () => {
    const { failed } = await verify([changed(['web.py', '32 * 1024', '6 * 1024']), '--only=body-25mb']);
    expect(failed).toEqual([
      expect.objectContaining({
        detail: 'it refuses the body with 413 ({"error": "the body is too large"})',
      }),
    ]);
  });

  test.concurrent('closes the connection on 2 GiB is told that it gives no status, and one that takes any size that it waits', async () => {
    const [closes, waits] = await Promise.all(
      [
        changed(['web.py', 'raise Refused(413, "the body is too large")', 'raise ConnectionError']),
        changed(['web.py', '32 * 1024 * 1024', '1 << 40']),
      ].map((project) => verify([project, '--only=body-limit'])),
    );
    expect([closes, waits].map((found) => found?.failed.map(({ detail }) => detail))).toEqual([
      ['it refuses it with no status: the connection was closed before an answer came'],
      [expect.stringMatching(/^it waits for all of it \(no answer within [\d.]+ s\)/)],
    ]);
  });

  test.concurrent('has a program that is not executable is told to make it so', async () => {
    const project = changed();
    chmodSync(join(project, 'serve'), 0o644);
    const { code, failed } = await verify([project, '--timeout=5', '--only=starts']);
    expect(failed).toEqual([
      expect.objectContaining({
        detail: expect.stringContaining('cannot be started: EACCES: it is not executable: chmod +x'),
        fix: expect.stringContaining('chmod +x'),
      }),
    ]);
    expect(code).toBe(1);
  });

  test.concurrent.each(often)('%s is found out', (...container) =>
    foundOut(container, `--only=${container.slice(4)}`),
  );

  test.concurrent.each(broken)('%s is found out, and nothing else is said of it', all, (...container) =>
    foundOut(container, '--skip=time-outs'),
  );

  // Not beside those above: these wait more than they work, and count the seconds.
  describe('in time', () => {
    test.concurrent('is written by hand and keeps to the contract passes in less than a minute', async () => {
      const { code, failed, report } = await verify([untouched]);
      expect(failed).toEqual([]);
      expect(code).toBe(0);
      expect(report.seconds).toBeLessThan(60);
      // Those that only an image can show.
      expect(report.counts.skipped).toBeLessThan(8);
    });

    test.concurrent('never becomes healthy costs its time-out once, and is judged by nothing that it could not show', async () => {
      const project = changed(['web.py', '["ping"]', '["health"]']);
      const { failed, report } = await verify([project, '--timeout=8']);
      expect(failed.map(({ id }) => id)).toEqual(['starts']);
      expect(report.seconds).toBeLessThan(16);
      const models = report.checks.filter(({ id }) => id.startsWith('model-') && id !== 'model-read-only');
      expect(models.map(({ status }) => status)).toEqual(['skipped', 'skipped', 'skipped']);
    });

    test.concurrent(
      'stops answering after 20 s is found out, though it has passed all else by then',
      all,
      async () => {
        const project = changed(
          ['web.py', '        self.busy = 0', '        self.busy = 0\n        self.since = time.monotonic()'],
          [
            'web.py',
            '        encoder = choose_encoder(',
            '        if time.monotonic() > self.server.since + 20:\n            time.sleep(600)\n        encoder = choose_encoder(',
          ],
        );
        const { code, failed } = await verify([project, '--only=each-request,stays-alive,still-answers']);
        expect(failed).toEqual([
          expect.objectContaining({
            id: 'still-answers',
            detail: expect.stringMatching(/^after \d+ s: no answer within/),
          }),
        ]);
        expect(code).toBe(1);
      },
    );

    test.concurrent(
      'stops answering early is found out once: what has got no answer then is no finding of its own, and has not passed',
      all,
      async () => {
        const project = changed(
          ['web.py', '        self.busy = 0', '        self.busy = 0\n        self.asked = 0'],
          [
            'web.py',
            '        encoder = choose_encoder(',
            '        self.server.asked += b"verify" in body or b"4711" in body\n        if self.server.asked:\n            time.sleep(600)\n        encoder = choose_encoder(',
          ],
        );
        const only = '--only=ready,logs-payload,accept-any,still-answers';
        const { failed, report } = await verify([project, only]);
        expect(failed.map(({ id, detail }) => `${id}: ${detail}`)).toEqual([
          expect.stringMatching(
            /^still-answers: \/ping says 200, .* gets no answer within 30 s at logs-payload$/,
          ),
        ]);
        expect(report.checks.find(({ id }) => id === 'logs-payload')).toMatchObject({
          status: 'skipped',
          detail: expect.stringMatching(/^the same as still-answers, /),
        });
        expect(report.seconds).toBeLessThan(110);
      },
    );

    test.concurrent('gives up on slow requests is found out', all, async () => {
      const project = changed(['web.py', 'timeout = 75', 'timeout = 20']);
      const { failed } = await verify([project, '--only=time-outs']);
      expect(failed.map(({ id }) => id)).toEqual(['slow-request']);
    });

    test.concurrent.each([
      ['is too slow once, as on a busy machine, passes, and it is said', [3], 'passed'],
      ['is too slow each time is found out', [3, 13, 23, 33, 43], 'failed'],
    ])('%s', async (_, late, status) => {
      let asked = 0;
      const server = createServer((_request, response) => {
        if (!late.includes(++asked)) response.end();
      }).listen(0);
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const { report } = await verify([`http://127.0.0.1:${port}`, '--only=ping-time']);
      server.close();
      expect(report.checks).toEqual([
        expect.objectContaining({
          status,
          detail: expect.stringMatching(/[12] of \d+ got no answer within [\d.]+ s/),
        }),
      ]);
    });
  });

  /** verify, which is kept from the processors for so many milliseconds after each of so many: its checks. */
  async function keptWaiting(args: readonly string[], { works, waits }: { works: number; waits: number }) {
    const verifying = spawn(process.execPath, [bin, 'verify', ...args, '--json']);
    const kept = (async () => {
      while (verifying.exitCode === null && verifying.signalCode === null) {
        await sleep(works);
        verifying.kill('SIGSTOP');
        await sleep(waits);
        verifying.kill('SIGCONT');
      }
    })();
    const { checks } = JSON.parse(await text(verifying.stdout));
    await kept;
    return checks;
  }

  test('is not to blame for what keeps verify waiting', all, async () => {
    const ids = ['ping-time', 'ping-under-load', 'connections', 'ping-large-body', 'ping-idle-connections'];
    const args = [untouched, `--model-dir=${join(untouched, 'model')}`, `--only=${ids}`];
    const checks = await keptWaiting(args, { works: 500, waits: 2500 });
    expect(checks).toEqual(ids.map((id) => expect.objectContaining({ id, status: 'passed' })));
  });

  test.each([
    ['is too slow by as much as the machine is busy passes', 2500, 'passed'],
    ['does not answer at all is found out on a busy machine, too', 30_000, 'failed'],
  ])('%s, and what was allowed is said', all, async (_, milliseconds, status) => {
    let asked = 0;
    const server = createServer(async (_request, response) => {
      if (++asked % 10 === 3) await sleep(milliseconds);
      response.end();
    }).listen(0);
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const checks = await keptWaiting([url, '--only=ping-time'], { works: 50, waits: 50 });
    server.close();
    expect(checks).toEqual([
      expect.objectContaining({
        status,
        detail: expect.stringMatching(
          /(^|; )[\d.]+ times as long was allowed, since this machine is busy(;|$)/,
        ),
      }),
    ]);
  });

  test('lets in sixty requests and then one now and then is told of its limit, and not of what it was asked by then', async () => {
    let asked = 0;
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        if (request.url !== '/ping' && ++asked > 60 && asked % 2) response.statusCode = 429;
        response.setHeader('Content-Type', 'application/json').end('{"predictions": [1]}');
      });
    }).listen(0);
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const payload = `--payload=${join(untouched, 'payloads/payload.json')}`;
    const only = '--only=each-request,accept-any,body-25mb,nth-request,rate-limit';
    const { failed, report } = await verify([url, only, payload]);
    server.close();
    expect(failed.map(({ id, detail }) => `${id}: ${detail}`)).toEqual([
      expect.stringMatching(/^rate-limit: 429 .* at nth-request$/),
    ]);
    expect(report.checks.find(({ id }) => id === 'nth-request')?.detail).toMatch(/^the same as rate-limit/);
  });

  test('does not survive the load is found out, though it cannot be asked again', async () => {
    let [pinged, open] = [0, true];
    const server = createServer((request, response) => {
      if (request.url === '/ping') pinged++;
      // The first ping finds it, and a few come while requests queue.
      if (pinged > 4) open = false;
      if (open) response.setHeader('Content-Type', 'application/json').end('{"predictions": [1]}');
      else request.socket.destroy();
    }).listen(0);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const payload = `--payload=${join(untouched, 'payloads/payload.json')}`;
    const only = '--only=ping-under-load,load-answers';
    const { failed, report } = await verify([`http://127.0.0.1:${port}`, only, payload]);
    server.close();
    expect(failed.map(({ id }) => id)).toEqual(['ping-under-load', 'load-answers']);
    expect(report.counts.skipped).toBe(0);
  });
});
