// Starts and stops the hub under test: the program that users run, as a process of its own.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The program under test. */
export const program = fileURLToPath(new URL('../../../src/Nave.Cli/bin/Release/net10.0/nave.dll', import.meta.url));
const startDeadline = 60_000;
const stopDeadline = 10_000;

/** The ports that every SDK has built in. */
export const ports = { https: 443, mqtt: 8883, amqp: 5671, 'amqp-plain': 5672 };

/** Says why a port may not be listened on; undefined if it may. */
export function whyNot(port) {
  return new Promise(done => {
    const probe = createServer();
    probe.once('error', error => done(error.code));
    probe.listen(port, () => probe.close(() => done(undefined)));
  });
}

/** Starts a hub on a new data folder. Resolves when it is ready, with its status and a way to stop it. */
export async function startHub({ log = 'Warning', args = [], env = {}, host = 'localhost', ports: own = ports } = {}) {
  if (!existsSync(program)) {
    throw new Error(`${program} is not there: build it with 'dotnet build -c Release'.`);
  }

  const data = mkdtempSync(join(tmpdir(), 'nave-clients-'));
  const child = spawn(
    'dotnet',
    [program, 'serve', '--data', data, '--host', host, ...Object.entries(own).flatMap(([name, port]) => [`--${name}-port`, String(port)]),
      '--log-level', log, ...args],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  const ended = new Promise(done => child.once('exit', (code, signal) => done(code ?? signal)));
  const stop = async () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), stopDeadline);
    const code = await ended;
    clearTimeout(late);
    rmSync(data, { recursive: true, force: true });
    return code;
  };

  const lines = createInterface({ input: child.stdout });
  let timer;
  try {
    const status = await Promise.race([
      new Promise(done => lines.once('line', line => done(JSON.parse(line)))),
      ended.then(code => { throw new Error(`The hub ended with ${code} before it was ready.`); }),
      new Promise((_, fail) => { timer = setTimeout(() => fail(new Error(`The hub was not ready within ${startDeadline} ms.`)), startDeadline); }),
    ]);
    return { status, data, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
