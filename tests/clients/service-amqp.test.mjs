// The service client over AMQP: messages to devices, and what became of them.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { connect, Message } from './lib/device.mjs';
import { createHub, createIdentity, unique } from './lib/hub.mjs';
import { proves } from './lib/proof.mjs';
import { bodyOf, connectService, registry } from './lib/service.mjs';
import { collect, until } from './lib/wait.mjs';

const transports = ['service-amqp', 'service-amqp-ws'];
const waiting = async deviceId => (await bodyOf(registry.get(deviceId))).cloudToDeviceMessageCount;

function message(text, { ack, ...parts } = {}) {
  const made = Object.assign(new Message(text), { messageId: unique('m'), ...parts });
  if (ack) {
    made.ack = ack;
  }

  return made;
}

/** The SDK's promise gives the receiver without its type; its callback gives it as it is. */
const receiverOf = (client, get) => new Promise((done, fail) => client[get]((error, receiver) => error ? fail(error) : done(receiver)));

/** Collects the feedback records of a hub that only this test uses. */
async function feedbackOf(client) {
  const receiver = await receiverOf(client, 'getFeedbackReceiver');
  const batches = new EventEmitter();
  receiver.on('errorReceived', () => { /* The connection's end. */ });
  receiver.on('message', batch => {
    receiver.complete(batch);
    JSON.parse(batch.getData().toString()).forEach(record => batches.emit('record', record));
  });
  return collect(batches, 'record');
}

/** The first message of a device. The SDK gives the link up when nobody listens, so the listener stays. */
const first = async device => (await collect(device, 'message').take(1))[0];

/** Feedback is sent in batches, up to 15 s after it came up. */
const feedbackDeadline = 45_000;

proves('Cloud to device: send, with properties', transports, 'A message is queued and the device gets it whole', async (t, transport) => {
  const { deviceId, ...identity } = await createIdentity();
  const client = await connectService(t, transport);
  const sent = message('{"open":true}', { correlationId: 'c1', contentType: 'application/json', contentEncoding: 'utf-8' });
  sent.properties.add('level', 'a=b&c/d#e+f%');
  sent.properties.add('ünïcode', '世界');
  await client.send(deviceId, sent);
  assert.equal(await waiting(deviceId), 1);
  for (const device of ['amqp', 'mqtt']) {
    if (device === 'mqtt') {
      await client.send(deviceId, sent);
    }

    const receiver = await connect(t, device, { connectionString: identity.connectionString });
    const received = await first(receiver);
    assert.equal(received.getData().toString(), '{"open":true}');
    assert.equal(received.messageId, sent.messageId);
    assert.equal(received.correlationId, 'c1');
    assert.equal(received.contentType, 'application/json');
    assert.equal(received.contentEncoding, 'utf-8');
    assert.equal(received.properties.getValue('level'), 'a=b&c/d#e+f%');
    assert.equal(received.properties.getValue('ünïcode'), '世界');
    await receiver.complete(received);
    await until(() => waiting(deviceId), count => count === 0, 'the queue');
    await receiver.close();
  }
});

proves('Cloud to device: unknown device, full queue, too large: refused with the SDK\'s error', transports, 'Refusals are the SDK\'s own errors', async (t, transport) => {
  const client = await connectService(t, transport);
  await assert.rejects(client.send(unique('nobody'), message('x')), { name: 'DeviceNotFoundError' });
  const { deviceId } = await createIdentity();
  await client.send(deviceId, new Message(Buffer.alloc(64 * 1024 - 512)));
  await assert.rejects(client.send(deviceId, new Message(Buffer.alloc(64 * 1024 + 1))), { name: 'MessageTooLargeError' });
  await Promise.all(Array.from({ length: 49 }, (_, i) => client.send(deviceId, message(String(i)))));
  await assert.rejects(client.send(deviceId, message('51')), { name: 'DeviceMaximumQueueDepthExceededError' });
  await client.send((await createIdentity()).deviceId, message('The link still works.'));
});

proves('Cloud to device: expiry that is over or too far refused', transports, 'An expiry is between now and two days from now', async (t, transport) => {
  const client = await connectService(t, transport);
  const { deviceId } = await createIdentity();
  for (const expiryTimeUtc of [Date.now() - 60_000, Date.now() + 3 * 24 * 3600_000]) {
    await assert.rejects(client.send(deviceId, message('x', { expiryTimeUtc })), undefined, String(expiryTimeUtc));
  }

  await client.send(deviceId, message('x', { expiryTimeUtc: Date.now() + 60_000 }));
  assert.equal(await waiting(deviceId), 1);
});

proves('Cloud to device: feedback: delivered, rejected, expired, purged', transports, 'The service is told what became of each message', async (t, transport) => {
  const own = await createHub();
  const identities = await Promise.all(Array.from({ length: 4 }, () => createIdentity({}, own)));
  const [delivered, rejected, expired, purged] = identities;
  const client = await connectService(t, transport, own.connectionString);
  const feedback = await feedbackOf(client);
  const sent = new Map();
  for (const [identity, parts] of [[delivered, {}], [rejected, {}], [expired, { expiryTimeUtc: Date.now() + 2000 }], [purged, {}]]) {
    const one = message('x', { ack: 'full', ...parts });
    sent.set(identity.deviceId, one.messageId);
    await client.send(identity.deviceId, one);
  }

  const device = await connect(t, 'amqp', delivered);
  await device.complete(await first(device));
  const refusing = await connect(t, 'amqp', rejected);
  await refusing.reject(await first(refusing));
  await own.call('DELETE', `/devices/${purged.deviceId}/commands`);
  const records = await feedback.take(4, feedbackDeadline);
  const of = ({ deviceId }) => records.find(record => record.deviceId === deviceId);
  assert.deepEqual(
    [delivered, rejected, expired, purged].map(identity => of(identity).statusCode),
    ['Success', 'Rejected', 'Expired', 'Purged']);
  for (const identity of identities) {
    assert.equal(of(identity).originalMessageId, sent.get(identity.deviceId));
    assert.equal(of(identity).deviceGenerationId, identity.generationId);
    assert.ok(Date.parse(of(identity).enqueuedTimeUtc));
  }
}, { timeout: 90_000 });

proves('Cloud to device: feedback asked for is all there is (ack none, positive, negative, full)', transports, 'Who asks for positive feedback hears of successes only, and so on', async (t, transport) => {
  const own = await createHub();
  const identity = await createIdentity({}, own);
  const client = await connectService(t, transport, own.connectionString);
  const feedback = await feedbackOf(client);
  const acks = ['none', 'positive', 'negative', 'full'];
  const ids = new Map();
  for (const outcome of ['complete', 'reject']) {
    for (const ack of acks) {
      const one = message(outcome, { ack });
      ids.set(one.messageId, `${outcome} ${ack}`);
      await client.send(identity.deviceId, one);
    }
  }

  const device = await connect(t, 'amqp', identity);
  const inbox = collect(device, 'message');
  for (const received of await inbox.take(8)) {
    await device[received.getData().toString()](received);
  }

  // A last one that is told of for certain, after all that should not be.
  const end = message('complete', { ack: 'full' });
  ids.set(end.messageId, 'end');
  await client.send(identity.deviceId, end);
  await device.complete((await inbox.take(9))[8]);
  const records = await feedback.take(5, feedbackDeadline);
  assert.deepEqual(
    records.map(record => ids.get(record.originalMessageId)).sort(),
    ['complete full', 'complete positive', 'end', 'reject full', 'reject negative']);
}, { timeout: 90_000 });

proves('Cloud to device: feedback abandoned comes again', transports, 'A batch of feedback that was abandoned is delivered again', async (t, transport) => {
  const own = await createHub();
  const identity = await createIdentity({}, own);
  const client = await connectService(t, transport, own.connectionString);
  await client.send(identity.deviceId, message('x', { ack: 'full' }));
  const device = await connect(t, 'amqp', identity);
  await device.complete(await first(device));
  const receiver = await receiverOf(client, 'getFeedbackReceiver');
  receiver.on('errorReceived', () => { /* The connection's end. */ });
  const batches = collect(receiver, 'message');
  receiver.on('message', batch => batches.items.length === 1 ? receiver.abandon(batch) : receiver.complete(batch)); // The SDK accepts what its listener leaves.
  const [before, after] = await batches.take(2, feedbackDeadline);
  assert.equal(after.getData().toString(), before.getData().toString());
}, { timeout: 90_000 });

proves('Cloud to device: feedback over HTTPS', ['rest'], 'Feedback is received, abandoned and completed over HTTPS', async t => {
  const own = await createHub();
  const identity = await createIdentity({}, own);
  const headers = { 'iothub-ack': 'full', 'iothub-messageid': 'f1' };
  assert.equal((await own.call('POST', `/devices/${identity.deviceId}/messages/devicebound`, { body: 'x', headers })).status, 204);
  const device = await connect(t, 'amqp', identity);
  await device.complete(await first(device));
  const path = '/messages/serviceBound/feedback';
  const receive = () => until(() => own.call('GET', path), answer => answer.status === 200, 'feedback over HTTPS');
  const lockOf = answer => answer.headers.etag.slice(1, -1);
  const locked = await receive();
  assert.deepEqual(JSON.parse(locked.text).map(record => [record.originalMessageId, record.statusCode]), [['f1', 'Success']]);
  assert.equal((await own.call('GET', path)).status, 204); // It is locked.
  assert.equal((await own.call('POST', `${path}/${lockOf(locked)}/abandon`)).status, 204);
  const again = await receive();
  assert.equal((await own.call('DELETE', `${path}/${lockOf(again)}`)).status, 204);
  assert.equal((await own.call('DELETE', `${path}/${lockOf(again)}`)).status, 412);
}, { timeout: 90_000 });

proves('Cloud to device: file notification receiver', transports, 'The receiver of file notifications attaches and waits', async (t, transport) => {
  const client = await connectService(t, transport);
  const receiver = await receiverOf(client, 'getFileNotificationReceiver');
  receiver.on('errorReceived', error => assert.fail(error));
  receiver.on('message', () => assert.fail('Nothing was uploaded.'));
  await client.send((await createIdentity()).deviceId, message('The connection lives.'));
});
