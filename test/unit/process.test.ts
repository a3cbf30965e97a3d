import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import type { Conditions, Container } from '../../generators/hosting/containers/container.ts';
import { processSource } from '../../generators/hosting/containers/process.ts';
import { isRunning } from '../../generators/running.ts';
import { tempFolder } from '../harness.ts';

/** A shell script as a project's server. */
function sourceOf(script: string) {
  const folder = tempFolder();
  mkdirSync(join(folder, 'model'));
  writeFileSync(join(folder, 'model/model.json'), '{}');
  const program = join(folder, 'serve');
  writeFileSync(program, script, { mode: 0o755 });
  return processSource({ folder, program, model: join(folder, 'model'), environment: {} });
}

async function ended(container: Container): Promise<number> {
  while (!container.ended) await sleep(20);
  // What it printed last may still be on its way.
  await sleep(200);
  return container.ended.code;
}

/** Starts it in each way; how it ended and what it printed. */
async function runAsServer(script: string, ...ways: readonly Conditions[]) {
  const source = await sourceOf(script);
  try {
    const mountable = await source.canMount?.();
    const ends = [];
    for (const conditions of ways) {
      if (conditions.mounted && !mountable) continue;
      const container = await source.start(conditions);
      ends.push({ code: await ended(container), log: container.log() });
    }
    return ends;
  } finally {
    await source.close();
  }
}

test('a server writes to /dev/stdout and /dev/stderr as it does in a container, by whatever it starts, too', async () => {
  const script = `#!/bin/sh
echo "to one" > /dev/stdout && sh -c 'echo "to two" > /dev/stderr' && echo plainly >&2 && exec sh -c 'exit 7'`;
  for (const end of await runAsServer(script, {}, { mounted: true })) {
    expect(end.code).toBe(7);
    expect(end.log.split('\n').sort()).toEqual(['', 'plainly', 'to one', 'to two']);
  }
});

test('what a server leaves behind ends with it, as in a container, and nobody is killed who gets its number later', async () => {
  const source = await sourceOf(`#!/bin/sh
sleep 600 &
echo $$ $!`);
  const kill = vi.spyOn(process, 'kill');
  try {
    const container = await source.start({});
    expect(await ended(container)).toBe(0);
    const [leader = 0, left = 0] = container.log().split(' ').map(Number);
    expect(isRunning(left)).toBe(false);
    expect(await container.inside?.processes()).toEqual(process.platform === 'linux' ? [] : undefined);
    kill.mockClear();
    await container.remove();
    await source.close();
    expect(kill.mock.calls.map(([pid]) => Math.abs(pid))).not.toContain(leader);
  } finally {
    kill.mockRestore();
    await source.close();
  }
});

test('the last of what a server printed is there when it has ended, however much it was', async () => {
  const script = `#!/bin/sh
i=0; while [ $i -lt 3000 ]; do echo "line $i: 0123456789012345678901234567890123456789"; i=$((i+1)); done
echo "the reason" >&2; exit 3`;
  const source = await sourceOf(script);
  const container = await source.start({});
  while (!container.ended) await sleep(5);
  await container.remove();
  expect(container.log()).toContain('line 2999: ');
  expect(container.log()).toContain('the reason');
  await source.close();
});

test('whom a server of root becomes reaches its TMPDIR, and not the copy of the model', async () => {
  // What nginx does before it opens its sockets; whoever is not root can become nobody else.
  const script = `#!/usr/bin/env python3
import os, pathlib, socket
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    assert not os.access(os.environ["SM_MODEL_DIR"], os.F_OK)
socket.socket(socket.AF_UNIX).bind(os.environ["TMPDIR"] + "/s")
`;
  expect(await runAsServer(script, {})).toEqual([{ code: 0, log: '' }]);
});
