// Device to cloud: what the SDKs send is what the hub stored, byte for byte, once it is acknowledged.
import assert from 'node:assert/strict';
import { connect, connected, everyDevice, makeClient, Message } from './lib/device.mjs';
import { stored } from './lib/events.mjs';
import { createIdentity, createModule } from './lib/hub.mjs';
import { proves } from './lib/proof.mjs';
import { rawConnect } from './lib/raw.mjs';

const raw = ['mqtt311', 'mqtt5'];
const bytesOf = event => 'bodyBase64' in event ? Buffer.from(event.bodyBase64, 'base64') : Buffer.from(event.body);

async function opened(t, transport) {
  const identity = await createIdentity();
  return { identity, client: await connect(t, transport, identity) };
}

proves('Telemetry: body of any bytes, empty ones too', everyDevice, 'Bodies arrive byte for byte', async (t, transport) => {
  const { identity, client } = await opened(t, transport);
  const bodies = [Buffer.from([0, 255, 254, 128]), Buffer.alloc(0), Buffer.from('Grüße, 世界'), Buffer.from(' {"not": "touched" } ')];
  for (const body of bodies) {
    await client.sendEvent(new Message(body));
  }

  const events = await stored(identity.deviceId);
  assert.deepEqual(events.slice(0, 3).map(bytesOf), bodies.slice(0, 3));
  assert.deepEqual(events[3].body, { not: 'touched' });
});

proves('Telemetry: message id, correlation id, content type and encoding', everyDevice, 'System properties arrive', async (t, transport) => {
  const { identity, client } = await opened(t, transport);
  const message = new Message('{"a":1}');
  Object.assign(message, {
    messageId: 'm-1/ä=&', correlationId: 'c 1', contentType: 'application/json', contentEncoding: 'utf-8', userId: 'u',
  });
  if (transport === 'http') {
    message.messageId = 'm-1'; // A header holds ASCII only.
  }

  await client.sendEvent(message);
  const [event] = await stored(identity.deviceId);
  const system = event.systemProperties;
  assert.equal(system['message-id'], message.messageId);
  assert.equal(system['correlation-id'], 'c 1');
  assert.equal(system['content-type'], 'application/json');
  assert.equal(system['content-encoding'], 'utf-8');
  assert.deepEqual(event.body, { a: 1 });
});

proves('Telemetry: application properties with any characters', connected, 'Application properties arrive whatever they hold', async (t, transport) => {
  const { identity, client } = await opened(t, transport);
  const properties = {
    'a=b': '1=2', 'c&d': 'x&y', 'e/f': '/', 'g#h': '#', 'i+j': '1+1 = 2', '%41': '100%', 'Ünïcode 世': '界🚀', empty: '', 'with space': ' ', quote: '"\'<>?\\',
  };
  const message = new Message('x');
  for (const [key, value] of Object.entries(properties)) {
    message.properties.add(key, value);
  }

  await client.sendEvent(message);
  const [event] = await stored(identity.deviceId);
  assert.deepEqual(event.properties, properties);
});

proves('Telemetry: application properties', ['http'], 'Application properties arrive as headers carry them', async (t, transport) => {
  const { identity, client } = await opened(t, transport);
  const message = new Message('x');
  message.properties.add('level', 'a=b&c/d#e+f%');
  message.properties.add('empty', '');
  await client.sendEvent(message);
  const [event] = await stored(identity.deviceId);
  assert.deepEqual(event.properties, { level: 'a=b&c/d#e+f%', empty: '' });
});

proves('Telemetry: many messages at once, in order', connected, 'A thousand messages without waiting all arrive, in order', async (t, transport) => {
  const { identity, client } = await opened(t, transport);
  await Promise.all(Array.from({ length: 1000 }, (_, i) => client.sendEvent(new Message(String(i)))));
  const events = await stored(identity.deviceId);
  assert.deepEqual(events.map(event => event.body), Array.from({ length: 1000 }, (_, i) => String(i)));
  assert.equal(new Set(events.map(event => event.partition)).size, 1);
  assert.ok(events.every((event, i) => i === 0 || event.sequenceNumber > events[i - 1].sequenceNumber));
});

proves('Telemetry: batch (the SDK has none over MQTT and AMQP)', ['http'], 'A batch becomes one event for each message', async (t, transport) => {
  const { identity, client } = await opened(t, transport);
  const messages = ['1', '2', '3'].map(text => new Message(text));
  messages[1].properties.add('k', 'v');
  await client.sendEventBatch(messages);
  const events = await stored(identity.deviceId);
  assert.deepEqual(events.map(event => event.body), ['1', '2', '3']);
  assert.deepEqual(events.map(event => event.properties), [{}, { k: 'v' }, {}]);
});

proves('Telemetry: largest message, 256 KiB', everyDevice, 'A message of 256 KiB less 512 bytes arrives', async (t, transport) => {
  const { identity, client } = await opened(t, transport);
  const body = Buffer.alloc(256 * 1024 - 512, 'abcdefgh');
  await client.sendEvent(new Message(body));
  const [event] = await stored(identity.deviceId);
  assert.ok(bytesOf(event).equals(body));
});

proves('Telemetry: module, with an output', connected, 'A module sends to an output', async (t, transport) => {
  const identity = await createModule();
  const client = await connect(t, transport, identity);
  const message = new Message('out');
  message.properties.add('p', 'q');
  await client.sendOutputEvent('out/1', message);
  const [event] = await stored(identity.deviceId);
  assert.equal(event.moduleId, identity.moduleId);
  assert.equal(event.systemProperties['iothub-outputname'], 'out/1');
  assert.deepEqual(event.properties, { p: 'q' });
});

proves('Telemetry: model of a Plug and Play device (the SDK names it over MQTT only)', ['mqtt', 'mqtt-ws'], 'The model id that a device names stands on its events', async (t, transport) => {
  const identity = await createIdentity();
  const client = makeClient(t, transport, identity);
  const modelId = 'dtmi:com:example:Thermostat;1';
  await client.setOptions({ modelId, productInfo: 'tests/1.0 (äöü; x)' });
  await client.open();
  const message = new Message('{"temperature":1}');
  message.properties.add('$.sub', 'thermostat1');
  await client.sendEvent(message);
  const [event] = await stored(identity.deviceId);
  assert.equal(event.systemProperties['dt-dataschema'], modelId);
  assert.equal(event.systemProperties['dt-subject'], 'thermostat1');
  assert.deepEqual(event.properties, {});
});

proves('Telemetry: QoS 0 and 1, duplicates marked', raw, 'Events of both qualities arrive in order, and a duplicate says so', async (t, level) => {
  const identity = await createIdentity();
  const client = await rawConnect(t, level, identity);
  const topic = `devices/${identity.deviceId}/messages/events/`;
  for (let i = 0; i < 10; i++) {
    client.publish(topic, String(i), { qos: i % 2 });
  }

  await client.publishAsync(topic, 'again', { qos: 1, dup: true });
  const events = await stored(identity.deviceId);
  assert.deepEqual(events.map(event => event.body), [...'0123456789', 'again']);
  assert.deepEqual(events.at(-1).properties, { 'mqtt-dup': 'true' });
});

proves('Telemetry: who sent it: device, module, auth method, generation', everyDevice, 'The hub says who sent an event and how it proved it', async (t, transport) => {
  const { identity, client } = await opened(t, transport);
  const before = Date.now();
  await client.sendEvent(new Message('x'));
  const [event] = await stored(identity.deviceId);
  const system = event.systemProperties;
  assert.equal(event.deviceId, identity.deviceId);
  assert.equal(event.moduleId, null);
  assert.equal(system['iothub-connection-device-id'], identity.deviceId);
  assert.equal(system['iothub-connection-auth-generation-id'], identity.generationId);
  assert.equal(system['iothub-message-source'], 'Telemetry');
  assert.equal(JSON.parse(system['iothub-connection-auth-method']).type, 'sas');
  const enqueued = Date.parse(system['iothub-enqueuedtime']);
  assert.ok(enqueued >= before - 2000 && enqueued <= Date.now() + 2000, `enqueued at ${system['iothub-enqueuedtime']}`);
});
