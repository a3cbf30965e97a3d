// Loaded into a process by --require: kills it as it is about to write below KILL_IN for the KILL_AT-th time, or once
// half of that is written; or has the disk full then, with KILL_HOW=full. Without KILL_AT, says how often it has written
// there.
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
const { isMainThread } = require('node:worker_threads');

const { KILL_AT, KILL_IN, KILL_COUNT, KILL_HOW } = process.env;
let writes = 0;

function about(target, half) {
  if (!String(target).startsWith(KILL_IN) || ++writes !== Number(KILL_AT)) return;
  if (KILL_HOW === 'full')
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  half?.();
  process.kill(process.pid, 'SIGKILL');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

const { appendFileSync, writeFileSync } = fs;
for (const name of ['mkdirSync', 'renameSync', 'unlinkSync', 'rmdirSync', 'rmSync', 'chmodSync']) {
  const real = fs[name];
  fs[name] = (target, ...others) => {
    about(target);
    return real(target, ...others);
  };
}
fs.writeFileSync = (target, contents, ...others) => {
  about(target);
  about(target, () => writeFileSync(target, Buffer.from(contents).subarray(0, contents.length / 2)));
  return writeFileSync(target, contents, ...others);
};
const { copyFile } = fs.promises;
fs.promises.copyFile = (source, target, ...others) => {
  about(target);
  return copyFile(source, target, ...others);
};
syncBuiltinESMExports();
if (isMainThread && KILL_COUNT) process.on('exit', () => appendFileSync(KILL_COUNT, `${writes}\n`));
