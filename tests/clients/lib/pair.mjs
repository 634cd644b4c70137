// A hub and its mirror behind the HAProxy configuration that is shipped, for the tests of a fail-over.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { program, startHub } from './process.mjs';
import { parseConnectionString, token } from './sas.mjs';

const configuration = fileURLToPath(new URL('../../../eng/haproxy/haproxy.cfg', import.meta.url));
const deadline = 60_000;

/** The name that clients know; both hubs have it besides their own. */
export const alias = 'fleet.localhost';

// Event readers and services go on with the string they have when both hubs have the same key, and names that begin alike: that names the stream.
const ownerKey = Buffer.alloc(32, 5).toString('base64');
const anyPort = { https: 0, mqtt: 0, amqp: 0 };

/** Runs a program. Resolves `line` with the first line of its output that fits; `end` ends it and resolves with its code. */
function start(command, args, { fits = () => true, env = {} } = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  const ended = new Promise(done => child.once('exit', (code, signal) => done(code ?? signal)));
  const found = new Promise(done => createInterface({ input: child.stdout }).on('line', line => fits(line) && done(line)));
  let timer;
  const line = Promise.race([
    found,
    ended.then(code => { throw new Error(`${command} ${args[1]} ended with ${code}.`); }),
    new Promise((_, fail) => { timer = setTimeout(() => fail(new Error(`${command} ${args[1]} was not ready within ${deadline} ms.`)), deadline); }),
  ]).finally(() => clearTimeout(timer));
  line.catch(() => { /* Whoever waits for it is told. */ });
  return { line, ended, end: () => { child.kill('SIGTERM'); return ended; } };
}

/** Makes what calls one hub of the pair itself, beside the proxy: (method, path, { body }) => { status, text, json }. */
export function callTo({ ports, serviceConnectionString }, tls = {}) {
  const { HostName: host, SharedAccessKey: key, SharedAccessKeyName: policy } = parseConnectionString(serviceConnectionString);
  return (method, path, { body } = {}) => new Promise((done, fail) => {
    const headers = { host, authorization: token(host, key, { policy }), 'content-type': 'application/json' };
    const request = https.request(
      { host: 'localhost', servername: 'localhost', port: ports.https, method, path: `${path}?api-version=2021-04-12`, headers, ...tls },
      response => {
        const chunks = [];
        response.on('data', chunk => chunks.push(chunk));
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString();
          done({ status: response.statusCode, text, json: response.statusCode < 300 && text ? JSON.parse(text) : undefined });
        });
      });
    request.once('error', fail);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function startOne(host) {
  const own = await startHub({ host, ports: anyPort, args: ['--owner-key', ownerKey] });
  const call = callTo(own.status, { ca: readFileSync(own.status.caFile) });
  const named = await call('PUT', `/nave/hubs/${own.status.hub}/aliases`, { body: { aliases: [alias] } });
  if (named.status >= 300) {
    await own.stop();
    throw new Error(`The alias of ${host} was answered with ${named.status}: ${named.text}`);
  }

  return own;
}

/** Waits until the proxy leads to a hub that is active. */
async function isActive(ca) {
  const end = Date.now() + deadline;
  for (;;) {
    const status = await new Promise(done => {
      https.get({ host: '127.0.0.1', servername: alias, path: '/activez', headers: { host: alias }, ca, agent: false }, response => {
        response.resume();
        done(response.statusCode);
      }).once('error', error => done(error.code));
    });
    if (status === 200) {
      return;
    }

    if (Date.now() > end) {
      throw new Error(`haproxy leads to no active hub after ${deadline} ms: ${status}.`);
    }

    await new Promise(done => { setTimeout(done, 100); });
  }
}

/** Starts both hubs, the mirror between them, and HAProxy on the ports that SDKs have built in. */
export async function startPair() {
  const folder = mkdtempSync(join(tmpdir(), 'nave-pair-'));
  const hubs = await Promise.all([startOne('hub.first.localhost'), startOne('hub.second.localhost')]);
  const authorities = join(folder, 'authorities.pem');
  writeFileSync(authorities, hubs.map(hub => readFileSync(hub.status.caFile, 'utf8')).join('\n'));
  const store = join(folder, 'mirror');
  const mirror = start(
    'dotnet',
    [program, 'mirror', '--from-data', hubs[0].data, '--to-data', hubs[1].data, '--store', store, '-o', 'json'],
    { fits: line => JSON.parse(line).phase === 'following' });
  const places = Object.fromEntries(['PRIMARY', 'SECONDARY'].flatMap((role, i) => [
    [`NAVE_${role}`, '127.0.0.1'],
    ...['https', 'mqtt', 'amqp'].map(port => [`NAVE_${role}_${port.toUpperCase()}`, String(hubs[i].status.ports[port])]),
  ]));
  const proxy = start('haproxy', ['-f', configuration, '-db'], { env: { ...places, NAVE_ALIAS: alias, NAVE_CA: authorities } });
  const stop = async () => {
    await Promise.all([mirror.end(), proxy.end()]);
    const codes = await Promise.all(hubs.map(hub => hub.stop()));
    rmSync(folder, { recursive: true, force: true });
    return codes.find(code => code !== 0) ?? 0;
  };
  try {
    await mirror.line;
    await Promise.race([
      isActive(readFileSync(authorities)),
      proxy.ended.then(code => { throw new Error(`haproxy ended with ${code}.`); }),
    ]);
    return { hubs, authorities, store, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Makes the mirror the active hub, by the command that users give. Resolves with what it says. */
export async function promote(store) {
  const run = start('dotnet', [program, 'mirror', 'promote', '--store', store, '-o', 'json']);
  const line = await run.line;
  await run.ended;
  return JSON.parse(line);
}
