// Azure's rules for MQTT, kept by a plain client that the SDKs' good manners do not bind.
import assert from 'node:assert/strict';
import { eventOf, stored } from './lib/events.mjs';
import { createIdentity, hub, unique } from './lib/hub.mjs';
import { proves } from './lib/proof.mjs';
import { closed, connectPacket, exchange, publishPacket, rawConnect, userNameOf } from './lib/raw.mjs';
import { token } from './lib/sas.mjs';
import { next } from './lib/wait.mjs';

const raw = ['mqtt311', 'mqtt5'];
const inboxOf = identity => `devices/${identity.deviceId}/messages/devicebound/#`;
const eventsOf = (identity, bag = '') => `devices/${identity.deviceId}/messages/events/${bag}`;

/** A connection that breaks a rule is closed; MQTT 5 says why before. */
async function assertClosed(level, client, reason, provoke) {
  const end = closed(client);
  provoke();
  assert.equal(await end, level === 'mqtt5' ? reason : undefined);
}

proves('Connect: device key', raw, 'A plain client connects with the documented user name and sends', async (t, level) => {
  const identity = await createIdentity();
  const client = await rawConnect(t, level, identity);
  await client.publishAsync(eventsOf(identity, '%24.mid=m1&a=b%20c&empty=&alone'), 'x', { qos: 1 });
  await client.publishAsync(eventsOf(identity, '$.mid=m2/'), 'y', { qos: 1 }); // Written by hand: not escaped, with a slash at the end.
  const [first, second] = await stored(identity.deviceId);
  assert.equal(first.systemProperties['message-id'], 'm1');
  assert.deepEqual(first.properties, { a: 'b c', empty: '', alone: null });
  assert.equal(second.systemProperties['message-id'], 'm2');
});

proves('Connect: device key', raw, 'User names that Azure tolerates are let in', async (t, level) => {
  const identity = await createIdentity();
  const { deviceId } = identity;
  for (const username of [
    `${hub.host}/${deviceId}`, `${hub.host}/${deviceId}/?api-version=2018-06-30&DeviceClientType=c%2f1.2%20(x%3b)`,
    `${hub.host.toUpperCase()}/${deviceId}/?api-version=2021-04-12`, `${hub.host}/${deviceId}/api-version=2016-11-14`,
  ]) {
    const client = await rawConnect(t, level, identity, { username });
    await client.endAsync();
  }
});

proves('MQTT rules: client id that is not the user name\'s refused', raw, 'Client id and user name must agree, and name a hub that is here', async (t, level) => {
  const identity = await createIdentity();
  const refusals = [
    { clientId: unique('other') },
    { username: userNameOf(identity, 'elsewhere.example') },
    { username: 'nonsense' },
    { username: undefined, password: undefined },
    { password: 'SharedAccessSignature nonsense' },
    { password: undefined },
    { password: token(`${hub.host}/devices/${unique('other')}`, identity.key) },
  ];
  for (const settings of refusals) {
    await assert.rejects(rawConnect(t, level, identity, settings), /Connection refused|closed/, JSON.stringify(Object.keys(settings)));
  }
});

proves('MQTT rules: will message becomes telemetry', raw, 'The will of a connection that breaks is stored, that of one that says goodbye is not', async (t, level) => {
  const identity = await createIdentity();
  const will = { topic: eventsOf(identity, 'why=power'), payload: Buffer.from('gone'), qos: 1 };
  const polite = await rawConnect(t, level, identity, { will });
  await polite.endAsync();
  const abrupt = await rawConnect(t, level, identity, { will });
  abrupt.stream.destroy();
  const event = await eventOf(identity.deviceId);
  assert.equal(event.body, 'gone');
  assert.deepEqual(event.properties, { why: 'power', 'iothub-MessageType': 'Will' });
  assert.equal((await stored(identity.deviceId)).length, 1);
});

proves('MQTT rules: will to another topic refused', raw, 'A will that does not go to the client\'s own events is no connection', async (t, level) => {
  const identity = await createIdentity();
  for (const topic of ['anything', `devices/${unique('other')}/messages/events/`, '$iothub/twin/GET/?$rid=1']) {
    await assert.rejects(rawConnect(t, level, identity, { will: { topic, payload: Buffer.from('x'), qos: 0 } }), /Connection refused|closed/, topic);
  }
});

proves('MQTT rules: retain flag becomes a property', raw, 'A retained publish is stored as an event with mqtt-retain', async (t, level) => {
  const identity = await createIdentity();
  const client = await rawConnect(t, level, identity);
  await client.publishAsync(eventsOf(identity), 'kept', { qos: 1, retain: true });
  const [event] = await stored(identity.deviceId);
  assert.deepEqual(event.properties, { 'mqtt-retain': 'true' });
});

proves('MQTT rules: QoS 2 publish closes the connection', raw, 'A publish with QoS 2 ends the connection', async (t, level) => {
  const identity = await createIdentity();
  const client = await rawConnect(t, level, identity);
  await assertClosed(level, client, 0x9b, () => client.stream.write(publishPacket(level, eventsOf(identity), 'x', 2)));
  assert.deepEqual(await stored(identity.deviceId), []);
});

proves('MQTT rules: QoS 2 subscription granted as 1', raw, 'A subscription with QoS 2 is granted as 1, one with 0 as 0', async (t, level) => {
  const identity = await createIdentity();
  const client = await rawConnect(t, level, identity);
  const granted = await client.subscribeAsync({
    [inboxOf(identity)]: { qos: 2 }, '$iothub/twin/res/#': { qos: 0 }, '$iothub/methods/POST/#': { qos: 1 }, '$iothub/twin/PATCH/properties/desired/#': { qos: 1 },
  });
  assert.deepEqual(granted.map(({ qos }) => qos), [1, 0, 1, 1]);
});

proves('MQTT rules: publish to an unknown topic closes the connection', raw, 'Whatever is not the client\'s own ends the connection', async (t, level) => {
  const identity = await createIdentity();
  for (const topic of ['anything', `devices/${unique('other')}/messages/events/`, '$iothub/methods/POST/x/?$rid=1', '$SYS/x', `devices/${identity.deviceId}/messages/eventsx`]) {
    const client = await rawConnect(t, level, identity);
    await assertClosed(level, client, 0x90, () => client.publish(topic, 'x', { qos: 1 }, () => { /* It fails when the connection ends. */ }));
  }

  assert.deepEqual(await stored(identity.deviceId), []);
});

proves('MQTT rules: subscription to other topics refused', raw, 'Wildcards reach nothing but the client\'s own topics', async (t, level) => {
  const identity = await createIdentity();
  const client = await rawConnect(t, level, identity);
  for (const filter of [
    '#', '+/#', 'devices/#', 'devices/+/messages/devicebound/#', `devices/${unique('other')}/messages/devicebound/#`, `devices/${identity.deviceId}/#`,
    '$iothub/#', '$SYS/#', `devices/${identity.deviceId}/messages/events/#`,
  ]) {
    await assert.rejects(client.subscribeAsync(filter, { qos: 1 }), undefined, filter);
  }

  assert.ok(client.connected);
});

proves('MQTT rules: packet over the limit closes the connection', raw, 'A declared length over the limit is refused before its body is sent', async (t, level) => {
  const identity = await createIdentity();
  const client = await rawConnect(t, level, identity);
  await assertClosed(level, client, 0x95, () => client.stream.write(Buffer.from([0x32, 0xff, 0xff, 0xff, 0x7f])));

  // An event over the limit, in a packet that is not: mqtt.js would not send more than the hub said it takes.
  const second = await rawConnect(t, level, identity);
  await assertClosed(level, second, 0x95, () => second.stream.write(publishPacket(level, eventsOf(identity), Buffer.alloc(256 * 1024 + 1))));
  assert.deepEqual(await stored(identity.deviceId), []);
});

proves('MQTT rules: malformed packets close the connection', raw, 'What is no MQTT ends the connection', async (t, level) => {
  const identity = await createIdentity();
  const malformed = {
    'a wildcard in a topic': [0x30, 0x03, 0x00, 0x01, 0x23],
    'a topic that is not UTF-8': [0x30, 0x04, 0x00, 0x02, 0xc3, 0x28],
    'a second CONNECT': [0x10, 0x00],
    'a packet of the server': [0x20, 0x02, 0x00, 0x00],
    'a length of five bytes': [0x30, 0xff, 0xff, 0xff, 0xff, 0x01],
    'SUBSCRIBE without filters': [0x82, 0x02, 0x00, 0x01],
  };
  for (const [what, bytes] of Object.entries(malformed)) {
    const client = await rawConnect(t, level, identity);
    client.stream.write(Buffer.from(bytes));
    await next(client, 'close');
    assert.ok(!client.connected, what);
  }
});

proves('MQTT rules: malformed packets close the connection', ['mqtt311'], 'Before CONNECT nothing else is listened to', async () => {
  assert.equal((await exchange(Buffer.from('GET / HTTP/1.1\r\n\r\n'))).length, 0);
  assert.equal((await exchange(Buffer.from([0xc0, 0x00]))).length, 0); // PINGREQ
  assert.equal((await exchange(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]))).length, 0); // A CONNECT of 256 MiB
});

proves('MQTT rules: keep-alive and ping', raw, 'A client that pings stays, one that falls silent is dropped after one and a half keep-alives', async (t, level) => {
  const [lively, silent] = [await createIdentity(), await createIdentity()];
  const pinging = await rawConnect(t, level, lively, { keepalive: 4 });
  const begin = Date.now();
  const answer = await exchange(connectPacket(level, silent, 4));
  const took = (Date.now() - begin) / 1000;
  assert.ok(took > 5 && took < 15, `It was dropped after ${took} s.`);
  assert.equal(answer[0], 0x20);
  if (level === 'mqtt5') {
    assert.deepEqual([...answer.subarray(-3)], [0xe0, 0x01, 0x8d]);
  }

  assert.ok(pinging.connected);
  await pinging.publishAsync(eventsOf(lively), 'x', { qos: 1 });
});

proves('MQTT rules: user properties and content type of MQTT 5', ['mqtt5'], 'They become application properties and the content type', async (t, level) => {
  const identity = await createIdentity();
  const client = await rawConnect(t, level, identity);
  await client.publishAsync(eventsOf(identity, 'a=1'), '{"x":1}', { qos: 1, properties: { userProperties: { b: '2=ü' }, contentType: 'application/json' } });
  const [event] = await stored(identity.deviceId);
  assert.deepEqual(event.properties, { a: '1', b: '2=ü' });
  assert.equal(event.systemProperties['content-type'], 'application/json');
  assert.deepEqual(event.body, { x: 1 });
});

proves('MQTT rules: reason codes', ['mqtt5'], 'CONNACK tells the limits, and refusals tell why', async (t, level) => {
  const identity = await createIdentity();
  const client = await rawConnect(t, level, identity, { keepalive: 60000 });
  const { maximumQoS, retainAvailable, maximumPacketSize, serverKeepAlive } = client.connack.properties;
  assert.equal(maximumQoS, 1);
  assert.equal(retainAvailable, false);
  assert.ok(maximumPacketSize > 256 * 1024);
  assert.ok(serverKeepAlive * 1.5 <= 1767);
  await assert.rejects(rawConnect(t, level, identity, { password: 'wrong' }), error => error.code === 0x87);
  await assert.rejects(rawConnect(t, level, identity, { username: 'nonsense' }), error => error.code === 0x86);
});
