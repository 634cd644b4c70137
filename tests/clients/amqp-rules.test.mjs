// AMQP as a client without SDK sees it.
import assert from 'node:assert/strict';
import { amqpConnect, dataOf, openReceiver, openSender, putToken, send } from './lib/amqp.mjs';
import { stored } from './lib/events.mjs';
import { createIdentity, createModule, hub, request, sendToDevice, unique } from './lib/hub.mjs';
import { proves } from './lib/proof.mjs';
import { token } from './lib/sas.mjs';
import { bodyOf, registry } from './lib/service.mjs';
import { collect, next, until } from './lib/wait.mjs';

const rhea = ['rhea'];
const hubName = hub.host.split('.')[0];
const events = ({ deviceId }) => `/devices/${deviceId}/messages/events`;
const devicebound = ({ deviceId }) => `/devices/${deviceId}/messages/devicebound`;

/** A connection that may speak for these identities. */
async function connectionFor(t, ...identities) {
  const connection = await amqpConnect(t);
  for (const identity of identities) {
    assert.equal(await putToken(connection, identity.resource, token(identity.resource, identity.key)), 200);
  }

  return connection;
}

proves('AMQP rules: SASL PLAIN with a policy or a device key, ANONYMOUS, none', rhea, 'Each way in leads to the links that it permits', async t => {
  const identity = await createIdentity();
  const device = await amqpConnect(t, {
    username: `${identity.deviceId}@sas.${hubName}`, password: token(identity.resource, identity.key),
  });
  assert.deepEqual((await send(await openSender(device, events(identity)), { body: dataOf(Buffer.from('plain')) }))[0], 'accepted');
  const service = await amqpConnect(t, { username: `iothubowner@sas.root.${hubName}`, password: hub.token() });
  const [outcome] = await send(await openSender(service, '/messages/devicebound'), { to: devicebound(identity), body: dataOf(Buffer.from('x')) });
  assert.equal(outcome, 'accepted');
  for (const options of [{ username: 'anonymous' }, {}]) {
    const connection = await amqpConnect(t, options);
    assert.equal(await putToken(connection, identity.resource, token(identity.resource, identity.key)), 200);
    assert.equal((await send(await openSender(connection, events(identity)), { body: dataOf(Buffer.from('cbs')) }))[0], 'accepted');
  }

  assert.deepEqual((await stored(identity.deviceId)).map(event => event.body), ['plain', 'cbs', 'cbs']);
});

proves('AMQP rules: wrong SASL credentials refused', rhea, 'A wrong key, a token of another device, or an unknown policy does not get in', async t => {
  const [mine, other] = [await createIdentity(), await createIdentity()];
  for (const [username, password] of [
    [`${mine.deviceId}@sas.${hubName}`, token(mine.resource, other.key)],
    [`${mine.deviceId}@sas.${hubName}`, token(other.resource, other.key)],
    [`nobody@sas.root.${hubName}`, token(hub.host, hub.ownerKey, { policy: 'nobody' })],
    [`${mine.deviceId}@sas.${hubName}`, token(mine.resource, mine.key, { seconds: -3600 })],
  ]) {
    await assert.rejects(amqpConnect(t, { username, password }), undefined, username);
  }

  const connection = await amqpConnect(t);
  assert.equal(await putToken(connection, mine.resource, token(mine.resource, other.key)), 401);
  await assert.rejects(openSender(connection, events(mine)), { condition: 'amqp:unauthorized-access' });
});

proves('AMQP rules: several devices on one connection', rhea, 'Devices share a connection, each with its own token, links and state', async t => {
  const identities = await Promise.all([createIdentity(), createIdentity(), createIdentity()]);
  const connection = await connectionFor(t, ...identities.slice(0, 2));
  for (const identity of identities.slice(0, 2)) {
    assert.equal((await send(await openSender(connection, events(identity)), { body: dataOf(Buffer.from(identity.deviceId)) }))[0], 'accepted');
  }

  await assert.rejects(openSender(connection, events(identities[2])), { condition: 'amqp:unauthorized-access' });
  for (const { deviceId } of identities.slice(0, 2)) {
    assert.deepEqual((await stored(deviceId)).map(event => event.body), [deviceId]);
    assert.equal((await bodyOf(registry.get(deviceId))).connectionState, 'Connected');
  }

  // One of them is disabled: the other goes on.
  await registry.update({ deviceId: identities[0].deviceId, status: 'disabled' });
  await until(async () => (await bodyOf(registry.get(identities[0].deviceId))).connectionState, state => state === 'Disconnected', 'connection state');
  assert.equal((await send(await openSender(connection, events(identities[1])), { body: dataOf(Buffer.from('still')) }))[0], 'accepted');
});

proves('AMQP rules: credit is respected, drain is answered', rhea, 'No more messages come than credit was given for', async t => {
  const identity = await createIdentity();
  for (const text of ['1', '2', '3']) {
    await sendToDevice(identity.deviceId, text);
  }

  const connection = await connectionFor(t, identity);
  const receiver = await openReceiver(connection, devicebound(identity));
  const messages = collect(receiver, 'message');
  receiver.add_credit(2);
  await messages.take(2);
  const drained = next(receiver, 'receiver_drained');
  receiver.drain_credit();
  receiver.add_credit(5);
  await messages.take(3);
  await drained;
  assert.deepEqual(messages.items.map(({ message }) => Buffer.from(message.body.content).toString()), ['1', '2', '3']);
  assert.ok(messages.items.every(({ delivery }) => delivery.tag.length === 16));
  for (const { delivery } of messages.items) {
    delivery.accept();
  }

  await until(async () => (await bodyOf(registry.get(identity.deviceId))).cloudToDeviceMessageCount, count => count === 0, 'the queue');
});

proves('AMQP rules: idle time-out both ways', rhea, 'A connection that is silent lives when both send empty frames', async t => {
  const identity = await createIdentity();
  const connection = await amqpConnect(t, { idle_time_out: 4000 });
  assert.equal(await putToken(connection, identity.resource, token(identity.resource, identity.key)), 200);
  let closed = false;
  connection.once('disconnected', () => { closed = true; });
  await new Promise(done => { setTimeout(done, 9000); }); // The rule is about time: two time-outs pass.
  assert.equal(closed, false);
  assert.ok(connection.remote.open.idle_time_out > 0);
});

proves('AMQP rules: unknown address refused, the connection stays', rhea, 'A link to nowhere is refused with not-found', async t => {
  const identity = await createIdentity();
  const connection = await connectionFor(t, identity);
  await assert.rejects(openSender(connection, `/devices/${identity.deviceId}/somewhere`), { condition: 'amqp:not-found' });
  await assert.rejects(openReceiver(connection, '/nowhere'), error => ['amqp:not-found', 'amqp:unauthorized-access'].includes(error.condition));
  assert.equal((await send(await openSender(connection, events(identity)), { body: dataOf(Buffer.from('x')) }))[0], 'accepted');
});

proves('AMQP rules: message over the limit rejected', rhea, 'A message over 256 KiB is refused by name, and nothing of it is stored', async t => {
  const identity = await createIdentity();
  const connection = await connectionFor(t, identity);
  const sender = await openSender(connection, events(identity));
  assert.ok(sender.remote.attach.max_message_size >= 262_144);
  const refusal = Promise.race([
    next(sender, 'rejected', 30_000).then(({ delivery }) => delivery.remote_state.error.condition),
    next(sender, 'sender_error', 30_000).then(() => sender.error.condition),
  ]);
  sender.send({ body: dataOf(Buffer.alloc(300 * 1024)) });
  assert.equal(await refusal, 'amqp:link:message-size-exceeded');
  assert.deepEqual(await stored(identity.deviceId), []);
});

proves('Cloud to device: send to a module', rhea, 'A message for a module reaches the module only', async t => {
  const { deviceId, moduleId, ...identity } = await createModule();
  const service = await amqpConnect(t, { username: `iothubowner@sas.root.${hubName}`, password: hub.token() });
  const to = `/devices/${deviceId}/modules/${moduleId}/messages/devicebound`;
  const [outcome] = await send(await openSender(service, '/messages/devicebound'), { to, message_id: 'for the module', body: dataOf(Buffer.from('x')) });
  assert.equal(outcome, 'accepted');
  assert.equal((await bodyOf(registry.get(deviceId))).cloudToDeviceMessageCount, 0);
  const module = await connectionFor(t, { resource: identity.resource, key: identity.key });
  const receiver = await openReceiver(module, to);
  receiver.add_credit(1);
  const { message } = await next(receiver, 'message');
  assert.equal(message.message_id, 'for the module');
});

proves('Event Hubs-compatible endpoint: redirect from the hub\'s own address', rhea, 'A reader that knows the hub only is told where the events are', async t => {
  const service = await amqpConnect(t, { username: `iothubowner@sas.root.${hubName}`, password: hub.token() });
  const receiver = service.open_receiver({ source: { address: `amqps://${hub.host}/messages/events/$management` }, credit_window: 0 });
  await next(receiver, 'receiver_error');
  const { condition, info } = receiver.error;
  assert.equal(condition, 'amqp:link:redirect');
  const entity = process.env.NAVE_EVENT_HUB_CONNECTION_STRING.match(/EntityPath=([^;]+)/)[1];
  assert.equal(info.hostname, hub.host);
  assert.equal(info.port, 5671);
  assert.match(info.address, new RegExp(`^amqps://[^/]+/${entity}/\\$management$`));
});

proves('AMQP rules: unknown address refused, the connection stays', rhea, 'A device that is unknown to the registry is refused', async t => {
  const identity = await createIdentity();
  const name = unique('nobody');
  const connection = await amqpConnect(t);
  const resource = identity.resource.replace(identity.deviceId, name);
  assert.equal(await putToken(connection, resource, token(resource, identity.key)), 401);
  assert.equal((await request('GET', `/devices/${name}`)).status, 404);
});
