// A plain MQTT client, no SDK: what a device without one does, and what none should.
import { createRequire } from 'node:module';
import tls from 'node:tls';
import { hub } from './hub.mjs';
import { token } from './sas.mjs';
import { next, within } from './wait.mjs';

const mqtt = createRequire(import.meta.url)('mqtt');

/** The protocol levels by the names that the compatibility table uses. */
export const levels = { mqtt311: 4, mqtt5: 5 };

export const clientIdOf = ({ deviceId, moduleId }) => moduleId ? `${deviceId}/${moduleId}` : deviceId;

/** The user name that the wire asks for. */
export const userNameOf = (identity, host = hub.host) => `${host}/${clientIdOf(identity)}/?api-version=2021-04-12`;

/** Connects once; rejects when the hub refuses. Ends the client after the test. `settings` go over the client's own options. */
export async function rawConnect(t, level, identity, { seconds = 3600, ...settings } = {}) {
  const client = mqtt.connect(`mqtts://${hub.host}:8883`, {
    protocolVersion: levels[level],
    clientId: clientIdOf(identity),
    username: userNameOf(identity),
    password: token(identity.resource, identity.key, { seconds }),
    clean: true,
    reconnectPeriod: 0,
    keepalive: 60,
    ...settings,
  });
  t.after(() => client.end(true));
  client.once('connect', connack => { client.connack = connack; });
  const errors = [];
  client.on('error', error => errors.push(error));
  await within(
    new Promise((done, fail) => {
      client.once('connect', done);
      client.once('close', () => fail(errors[0] ?? new Error('closed before CONNACK')));
    }),
    'CONNACK');
  return client;
}

/** Waits until the hub closes the connection, from now on. In MQTT 5 resolves with the reason code of its DISCONNECT. */
export async function closed(client) {
  let reason;
  client.once('disconnect', packet => { reason = packet.reasonCode; });
  await next(client, 'close');
  return reason;
}

const text = value => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
};

/** A packet by hand: its first byte and its parts. */
export function packet(first, ...parts) {
  const body = Buffer.concat(parts.map(part => Buffer.from(part)));
  const length = [];
  for (let rest = body.length; rest > 0 || length.length === 0; rest >>= 7) {
    length.push((rest & 127) | (rest > 127 ? 128 : 0));
  }

  return Buffer.concat([Buffer.from([first, ...length]), body]);
}

const noProperties = level => level === 'mqtt5' ? [0] : [];

/** A CONNECT by hand. */
export const connectPacket = (level, identity, keepAlive) => packet(
  0x10, text('MQTT'), [levels[level], 0xc2, keepAlive >> 8, keepAlive & 255], noProperties(level),
  text(clientIdOf(identity)), text(userNameOf(identity)), text(token(identity.resource, identity.key)));

/** A PUBLISH by hand, with packet identifier 1. */
export const publishPacket = (level, topic, payload, qos = 1) => packet(0x30 | (qos << 1), text(topic), [0, 1], noProperties(level), payload);

/** Sends bytes over TLS and resolves with what the hub answered until it closed. */
export async function exchange(bytes) {
  const socket = tls.connect({ host: hub.host, port: 8883, servername: hub.host });
  const answer = [];
  socket.on('data', chunk => answer.push(chunk));
  socket.on('error', () => { /* The hub closed it: 'close' follows. */ });
  await next(socket, 'secureConnect');
  socket.write(bytes);
  await next(socket, 'close', 40_000);
  return Buffer.concat(answer);
}
