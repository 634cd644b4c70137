// How devices and modules get in, and how they are turned away.
import assert from 'node:assert/strict';
import { Client, connect, connected, everyDevice, makeClient, Message } from './lib/device.mjs';
import { stored } from './lib/events.mjs';
import { createIdentity, createModule, hub, sendToDevice, unique } from './lib/hub.mjs';
import { proves } from './lib/proof.mjs';
import { token } from './lib/sas.mjs';
import { collect, within } from './lib/wait.mjs';


/** Sends one event and returns what the hub stored of it: the proof that a connection is good. */
async function proofOf(client, { deviceId }) {
  await client.sendEvent(new Message('{"t":1}'));
  const events = await stored(deviceId);
  assert.equal(events.length, 1);
  return { ...events[0].systemProperties, auth: JSON.parse(events[0].systemProperties['iothub-connection-auth-method']) };
}

/** What an SDK makes of a refusal: MQTT says it at open, HTTPS at the first request. */
async function refusal(client) {
  return within(client.open().then(() => client.sendEvent(new Message('x'))).then(() => assert.fail('It was let in.'), error => error), 'a refusal');
}

function assertUnauthorized(error) {
  assert.ok(
    error.name === 'UnauthorizedError' || /Not authorized/i.test(error.message),
    `It must be an authorization error of the SDK; it is ${error.name}: ${error.message}`);
}

proves('Connect: device key', everyDevice, 'A device connects with its key', async (t, transport) => {
  const identity = await createIdentity();
  const found = await proofOf(await connect(t, transport, identity), identity);
  assert.equal(found['iothub-connection-device-id'], identity.deviceId);
  assert.deepEqual(found.auth, { scope: 'device', type: 'sas', issuer: 'iothub', acceptingIpFilterRule: null });
});

proves('Connect: device key', everyDevice, 'A device connects with its second key', async (t, transport) => {
  const identity = await createIdentity();
  const second = identity.connectionString.replace(identity.key, identity.authentication.symmetricKey.secondaryKey);
  await proofOf(await connect(t, transport, { connectionString: second }), identity);
});

proves('Connect: module key', connected, 'A module connects with its key, beside its device', async (t, transport) => {
  const identity = await createModule('m1');
  const found = await proofOf(await connect(t, transport, identity), identity);
  assert.equal(found['iothub-connection-module-id'], 'm1');
  assert.equal(found.auth.scope, 'module');
});

proves('Connect: key of a shared access policy', everyDevice, 'A device connects with the key of a policy of the hub', async (t, transport) => {
  const identity = await createIdentity();
  const signature = token(identity.resource, hub.ownerKey, { policy: 'iothubowner' });
  const found = await proofOf(await connect(t, transport, Transport => Client.fromSharedAccessSignature(signature, Transport)), identity);
  assert.equal(found.auth.scope, 'hub');
});

proves('Connect: token as a string', everyDevice, 'A device connects with a token that it was given', async (t, transport) => {
  const identity = await createIdentity();
  const signature = token(identity.resource, identity.key);
  await proofOf(await connect(t, transport, Transport => Client.fromSharedAccessSignature(signature, Transport)), identity);
});

proves('Connect: wrong key refused', everyDevice, 'A wrong key is unauthorized', async (t, transport) => {
  const identity = await createIdentity();
  const wrong = identity.connectionString.replace(identity.key, Buffer.alloc(32, 7).toString('base64'));
  assertUnauthorized(await refusal(makeClient(t, transport, { connectionString: wrong })));
});

proves('Connect: expired token refused', everyDevice, 'A token that ended an hour ago is unauthorized', async (t, transport) => {
  const identity = await createIdentity();
  const old = token(identity.resource, identity.key, { seconds: -3600 });
  assertUnauthorized(await refusal(makeClient(t, transport, Transport => Client.fromSharedAccessSignature(old, Transport))));
});

proves('Connect: unknown device refused', everyDevice, 'A device that is not registered is unauthorized', async (t, transport) => {
  const identity = await createIdentity();
  const other = identity.connectionString.replace(identity.deviceId, unique('nobody'));
  const error = await refusal(makeClient(t, transport, { connectionString: other }));
  assertUnauthorized(error);
});

proves('Connect: disabled device refused', everyDevice, 'A disabled device is turned away', async (t, transport) => {
  const identity = await createIdentity({ status: 'disabled' });
  const error = await refusal(makeClient(t, transport, identity));
  if (transport === 'http') {
    assert.equal(error.name, 'IotHubQuotaExceededError'); // What the SDK makes of every 403.
  } else {
    assertUnauthorized(error);
  }
});

proves('Connect: token of another device refused', everyDevice, 'A token for another device is unauthorized', async (t, transport) => {
  const [mine, other] = [await createIdentity(), await createIdentity()];
  const signature = token(mine.resource, other.key);
  assertUnauthorized(await refusal(makeClient(t, transport, Transport => Client.fromSharedAccessSignature(signature, Transport))));
});

proves('Connect: ids with every character that Azure permits', everyDevice, 'A device whose id has odd characters connects, sends and receives', async (t, transport) => {
  // The SDKs put ids into topics and addresses as they are: a topic cannot hold + and #, and in an address %41 is an A.
  const more = { http: '%41+#', mqtt: '%41', 'mqtt-ws': '%41' }[transport] ?? '+#';
  const identity = await createIdentity({ deviceId: `${unique('x')}-:._*?!(),=@$'${more}` });
  const client = await connect(t, transport, identity);
  const found = await proofOf(client, identity);
  assert.equal(found['iothub-connection-device-id'], identity.deviceId);
  await sendToDevice(identity.deviceId, 'for you');
  const [message] = await collect(client, 'message').take(1);
  assert.equal(message.getData().toString(), 'for you');
});
