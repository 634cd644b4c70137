// Cloud-to-device messages: sent over HTTPS, received by every client.
import assert from 'node:assert/strict';
import { connect, connected, everyDevice, overAmqp } from './lib/device.mjs';
import { createIdentity, request, sendToDevice, unique } from './lib/hub.mjs';
import { proves } from './lib/proof.mjs';
import { rawConnect } from './lib/raw.mjs';
import { bodyOf, registry } from './lib/service.mjs';
import { collect, next, until } from './lib/wait.mjs';

const raw = ['mqtt311', 'mqtt5'];

const waiting = async deviceId => (await bodyOf(registry.get(deviceId))).cloudToDeviceMessageCount;
const inbox = deviceId => `devices/${deviceId}/messages/devicebound/#`;

/** Waits until a device's queue holds `count` messages: completions are not answered over MQTT and AMQP. */
const queueBecomes = (deviceId, count) => until(() => waiting(deviceId), seen => seen === count, `the queue of ${deviceId}`);

proves('Cloud to device: receive, with properties', everyDevice, 'A message arrives with its properties and its body', async (t, transport) => {
  const identity = await createIdentity();
  const properties = transport === 'http' ? { level: 'a=b&c/d#e+f%' } : { level: 'a=b&c/d#e+f%', empty: '' };
  const headers = Object.fromEntries(Object.entries(properties).map(([key, value]) => [`iothub-app-${key}`, value]));
  await sendToDevice(identity.deviceId, Buffer.from('{"open":true}'), {
    'iothub-messageid': 'm 1/=&', 'iothub-correlationid': 'c1', 'iothub-userid': 'u1', 'iothub-contenttype': 'application/json', 'iothub-contentencoding': 'utf-8', ...headers,
  });
  const client = await connect(t, transport, identity);
  const message = await next(client, 'message');
  assert.equal(message.getData().toString(), '{"open":true}');
  assert.equal(message.messageId, 'm 1/=&');
  assert.equal(message.correlationId, 'c1');
  assert.match(message.to, new RegExp(`^/devices/${identity.deviceId}/messages/device[bB]ound$`));
  for (const [key, value] of Object.entries(properties)) {
    // Over HTTPS the SDK leaves the header's name as it is.
    assert.equal(message.properties.getValue(transport === 'http' ? `iothub-app-${key}` : key), value);
  }

  if (transport !== 'http') {
    assert.equal(message.contentType, 'application/json');
    assert.equal(message.contentEncoding, 'utf-8');
  }
});

proves('Cloud to device: complete', everyDevice, 'A completed message is gone', async (t, transport) => {
  const identity = await createIdentity();
  const client = await connect(t, transport, identity);
  const messages = collect(client, 'message');
  await sendToDevice(identity.deviceId, '1');
  await sendToDevice(identity.deviceId, '2');
  for (const message of await messages.take(2)) {
    await client.complete(message);
  }

  assert.deepEqual(messages.items.map(message => message.getData().toString()), ['1', '2']);
  await queueBecomes(identity.deviceId, 0);
});

proves('Cloud to device: reject', [...overAmqp, 'http'], 'A rejected message is gone', async (t, transport) => {
  const identity = await createIdentity();
  const client = await connect(t, transport, identity);
  const messages = collect(client, 'message'); // The SDK gives the link up when nobody listens.
  await sendToDevice(identity.deviceId, '1');
  await client.reject((await messages.take(1))[0]);
  await queueBecomes(identity.deviceId, 0);
});

proves('Cloud to device: abandon, and receive again', [...overAmqp, 'http'], 'An abandoned message comes again, and counts its deliveries', async (t, transport) => {
  const identity = await createIdentity();
  const client = await connect(t, transport, identity);
  await sendToDevice(identity.deviceId, '1', { 'iothub-messageid': 'again' });
  const messages = collect(client, 'message');
  const [first] = await messages.take(1);
  await client.abandon(first);
  const [, second] = await messages.take(2);
  assert.equal(second.messageId, 'again');
  await client.complete(second);
  await queueBecomes(identity.deviceId, 0);
});

proves('Cloud to device: locks, delivery counts and expiry', ['rest'], 'A locked message is not given twice, a lost lock is 412, and ten deliveries are the end', async () => {
  const identity = await createIdentity();
  const path = `/devices/${identity.deviceId}/messages/devicebound`;
  assert.equal((await request('GET', path)).status, 204);
  await sendToDevice(identity.deviceId, 'x');
  for (let count = 0; count < 10; count++) {
    const got = await request('GET', path);
    assert.equal(got.status, 200, `delivery ${count}`);
    assert.equal(got.text, 'x');
    assert.match(got.headers.etag, /^".+"$/);
    assert.equal((await request('GET', path)).status, 204);
    const lock = got.headers.etag.slice(1, -1);
    assert.equal((await request('POST', `${path}/${lock}/abandon`)).status, 204);
    assert.equal((await request('DELETE', `${path}/${lock}`)).status, 412);
  }

  assert.equal((await request('GET', path)).status, 204);
  assert.equal(await waiting(identity.deviceId), 0);

  const past = await request('POST', path, { body: 'x', headers: { 'iothub-expiry': new Date(Date.now() - 60_000).toISOString() } });
  assert.equal(past.status, 403);
  assert.equal(past.headers['iothub-errorcode'], 'InvalidMessageExpiryTime');
});

proves('Cloud to device: unacknowledged is delivered again after a reconnect', raw, 'What was not acknowledged comes again, what was does not', async (t, level) => {
  const identity = await createIdentity();
  const first = await rawConnect(t, level, identity);
  first.handleMessage = (packet, done) => { if (packet.payload.toString() === 'take') { done(); } }; // No PUBACK for others.
  const received = collect(first, 'message');
  await first.subscribeAsync(inbox(identity.deviceId), { qos: 1 });
  await sendToDevice(identity.deviceId, 'take');
  await queueBecomes(identity.deviceId, 0);
  await sendToDevice(identity.deviceId, 'leave');
  await received.take(2);
  first.end(true);

  const second = await rawConnect(t, level, identity);
  const again = collect(second, 'message');
  await second.subscribeAsync(inbox(identity.deviceId), { qos: 1 });
  const [[, payload]] = await again.take(1);
  assert.equal(payload.toString(), 'leave');
  await queueBecomes(identity.deviceId, 0);
  assert.equal(again.items.length, 1);
});

proves('Cloud to device: QoS 0 subscription', raw, 'A message to a QoS 0 subscription is sent once and complete at once', async (t, level) => {
  const identity = await createIdentity();
  const client = await rawConnect(t, level, identity);
  const received = collect(client, 'message');
  await client.subscribeAsync(inbox(identity.deviceId), { qos: 0 });
  await sendToDevice(identity.deviceId, 'x');
  const [[, , packet]] = await received.take(1);
  assert.equal(packet.qos, 0);
  await queueBecomes(identity.deviceId, 0);
});

proves('Cloud to device: queued while offline, delivered on connect', [...connected, 'mqtt311'], 'What was sent to an offline device arrives, in order', async (t, client) => {
  const identity = await createIdentity();
  for (const text of ['1', '2', '3']) {
    await sendToDevice(identity.deviceId, text);
  }

  assert.equal(await waiting(identity.deviceId), 3);
  let texts;
  if (client === 'mqtt311') {
    const connection = await rawConnect(t, client, identity);
    const messages = collect(connection, 'message');
    await connection.subscribeAsync(inbox(identity.deviceId), { qos: 1 });
    texts = (await messages.take(3)).map(([, payload]) => payload.toString());
  } else {
    const connection = await connect(t, client, identity);
    const messages = await collect(connection, 'message').take(3);
    texts = messages.map(message => message.getData().toString());
    for (const message of messages) {
      await connection.complete(message); // Over MQTT the SDK has done so already.
    }
  }

  assert.deepEqual(texts, ['1', '2', '3']);
  await queueBecomes(identity.deviceId, 0);
});

proves('Cloud to device: the subscription outlives the connection (CleanSession=0)', ['mqtt311'], 'A device that only reconnects gets what was queued, without subscribing', async (t, level) => {
  const identity = await createIdentity();
  const first = await rawConnect(t, level, identity, { clean: false });
  await first.subscribeAsync(inbox(identity.deviceId), { qos: 1 });
  await first.endAsync();
  await sendToDevice(identity.deviceId, 'while away');
  const second = await rawConnect(t, level, identity, { clean: false });
  const [[, payload]] = await collect(second, 'message').take(1);
  assert.equal(payload.toString(), 'while away');
  await second.endAsync();

  // With CleanSession=1 nothing is remembered, before or after.
  const third = await rawConnect(t, level, identity, { clean: true });
  const none = collect(third, 'message');
  await sendToDevice(identity.deviceId, 'not asked for');
  await third.publishAsync(`devices/${identity.deviceId}/messages/events/`, 'x', { qos: 1 });
  assert.deepEqual(none.items, []);
  assert.equal(await waiting(identity.deviceId), 1);
});

proves('Cloud to device: send over HTTPS', ['rest'], 'A message is taken for a device that exists, and for no other', async () => {
  const { deviceId } = await createIdentity();
  const sent = await request('POST', `/devices/${deviceId}/messages/devicebound`, { body: 'x' });
  assert.equal(sent.status, 204);
  assert.equal(await waiting(deviceId), 1);
  const nobody = await request('POST', `/devices/${unique('nobody')}/messages/devicebound`, { body: 'x' });
  assert.equal(nobody.status, 404);
  assert.equal(nobody.headers['iothub-errorcode'], 'DeviceNotFound');
});

proves('Cloud to device: at most 50 wait, 64 KiB each', ['rest'], 'The fifty-first and the too large are refused', async () => {
  const { deviceId } = await createIdentity();
  const path = `/devices/${deviceId}/messages/devicebound`;
  const large = await request('POST', path, { body: Buffer.alloc(64 * 1024 + 1) });
  assert.equal(large.status, 413);
  assert.equal((await request('POST', path, { body: Buffer.alloc(64 * 1024 - 512) })).status, 204);
  for (let i = 1; i < 50; i++) {
    assert.equal((await request('POST', path, { body: String(i) })).status, 204);
  }

  const full = await request('POST', path, { body: '51' });
  assert.equal(full.status, 403);
  assert.equal(full.headers['iothub-errorcode'], 'DeviceMaximumQueueDepthExceeded');
});

proves('Cloud to device: purge', ['rest'], 'A purge tells how many there were', async () => {
  const { deviceId } = await createIdentity();
  await sendToDevice(deviceId, '1');
  await sendToDevice(deviceId, '2');
  const purged = await request('DELETE', `/devices/${deviceId}/commands`);
  assert.equal(purged.status, 200);
  assert.deepEqual(purged.json, { totalMessagesPurged: 2, deviceId, moduleId: null });
  assert.equal(await waiting(deviceId), 0);
});
