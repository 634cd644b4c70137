// How connections end, and what comes after.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { Client, connect, connected, Message, present } from './lib/device.mjs';
import { stored } from './lib/events.mjs';
import { createIdentity, request } from './lib/hub.mjs';
import { proves } from './lib/proof.mjs';
import { closed, rawConnect } from './lib/raw.mjs';
import { token } from './lib/sas.mjs';
import { bodyOf, registry, service } from './lib/service.mjs';
import { next, until } from './lib/wait.mjs';

const { SharedAccessKeyAuthenticationProvider } = createRequire(import.meta.url)('azure-iot-device');
const raw = ['mqtt311', 'mqtt5'];

const stateOf = async deviceId => (await bodyOf(registry.get(deviceId))).connectionState;

proves('Connect: a newer connection takes over', connected, 'The older connection is dropped, the newer one works', async (t, transport) => {
  const identity = await createIdentity();
  const older = await present(t, transport, identity);
  const dropped = next(older, 'disconnect');
  const newer = await present(t, transport, identity);
  await dropped;
  await newer.sendEvent(new Message('still here'));
  assert.equal((await stored(identity.deviceId)).length, 1);
  assert.equal(await stateOf(identity.deviceId), 'Connected');
});

proves('Connect: a newer connection takes over', raw, 'The older connection is closed, with a reason in MQTT 5', async (t, level) => {
  const identity = await createIdentity();
  const older = await rawConnect(t, level, identity);
  const end = closed(older);
  const newer = await rawConnect(t, level, identity);
  assert.equal(await end, level === 'mqtt5' ? 0x8e : undefined);
  await newer.publishAsync(`devices/${identity.deviceId}/messages/events/`, 'x', { qos: 1 });
});

proves('Connect: token renewed while connected', connected, 'A client that renews its token goes on sending past the end of the first', async (t, transport) => {
  const identity = await createIdentity();
  const provider = SharedAccessKeyAuthenticationProvider.fromConnectionString(identity.connectionString, 8, 5);
  const client = await connect(t, transport, Transport => Client.fromAuthenticationProvider(provider, Transport), { retries: true });
  const first = Date.now();
  let sent = 0;
  while (Date.now() - first < 9000) {
    await next(provider, 'newTokenAvailable');
    await client.sendEvent(new Message(String(sent++)));
  }

  assert.ok(sent >= 3);
  assert.deepEqual((await stored(identity.deviceId)).map(event => event.body), Array.from({ length: sent }, (_, i) => String(i)));
});

proves('Connect: connection dropped when its token expires', connected, 'The connection ends with its token', async (t, transport) => {
  const identity = await createIdentity();
  const seconds = 4;
  const signature = token(identity.resource, identity.key, { seconds });
  const begin = Date.now();
  const client = await present(t, transport, Transport => Client.fromSharedAccessSignature(signature, Transport));
  await next(client, 'disconnect');
  const lived = (Date.now() - begin) / 1000;
  assert.ok(lived > seconds - 2 && lived < seconds + 8, `It lived ${lived} s with a token for ${seconds} s.`);
  await until(() => stateOf(identity.deviceId), state => state === 'Disconnected', 'connection state');
});

proves('Connect: connection dropped when its token expires', raw, 'The connection is closed when its token ends', async (t, level) => {
  const identity = await createIdentity();
  const client = await rawConnect(t, level, identity, { seconds: 4 });
  assert.equal(await closed(client), level === 'mqtt5' ? 0x87 : undefined);
});

proves('Connect: connection dropped when the device is disabled', connected, 'Disabling a device drops it, and it comes back only when enabled', async (t, transport) => {
  const identity = await createIdentity();
  const client = await present(t, transport, identity);
  const dropped = next(client, 'disconnect');
  await registry.update({ deviceId: identity.deviceId, status: 'disabled' });
  await dropped;
  await assert.rejects(present(t, transport, identity));
  await registry.update({ deviceId: identity.deviceId, status: 'enabled' });
  await present(t, transport, identity);
});

proves('Connect: connection dropped when the device is deleted', connected, 'Deleting a device drops it', async (t, transport) => {
  const identity = await createIdentity();
  const client = await present(t, transport, identity);
  const dropped = next(client, 'disconnect');
  await registry.delete(identity.deviceId);
  await dropped;
  await assert.rejects(present(t, transport, identity));
});

proves('Connect: connection dropped when its key is replaced', connected, 'A new pair of keys drops who came with the old', async (t, transport) => {
  const identity = await createIdentity();
  const client = await present(t, transport, identity);
  const dropped = next(client, 'disconnect');
  const [primaryKey, secondaryKey] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)].map(key => key.toString('base64'));
  await registry.update({ deviceId: identity.deviceId, authentication: { type: 'sas', symmetricKey: { primaryKey, secondaryKey } } });
  await dropped;
  await assert.rejects(present(t, transport, identity));
  await present(t, transport, { connectionString: identity.connectionString.replace(identity.key, secondaryKey) });
});

proves('Connect: the SDK reconnects by itself after a takeover (over AMQP it is not asked to)', ['mqtt', 'mqtt-ws'], 'After a takeover has ended, the SDK answers methods again', async (t, transport) => {
  const identity = await createIdentity();
  const client = await connect(t, transport, identity, { retries: true });
  client.onDeviceMethod('ping', (call, answer) => answer.send(200, 'pong'));
  const invoke = () => service.invokeDeviceMethod(identity.deviceId, { methodName: 'ping', connectTimeoutInSeconds: 20, responseTimeoutInSeconds: 20 });
  assert.deepEqual((await invoke()).result, { status: 200, payload: 'pong' });
  const intruder = await rawConnect(t, 'mqtt311', identity);
  intruder.end(true);
  assert.deepEqual((await invoke()).result, { status: 200, payload: 'pong' });
});

proves('Connect: connection state is told', connected, 'The registry and the twin say whether a device is connected', async (t, transport) => {
  const identity = await createIdentity();
  assert.equal(await stateOf(identity.deviceId), 'Disconnected');
  const client = await present(t, transport, identity);
  assert.equal(await stateOf(identity.deviceId), 'Connected');
  assert.equal((await bodyOf(registry.getTwin(identity.deviceId))).connectionState, 'Connected');
  const { connectedDeviceCount } = (await request('GET', '/statistics/service')).json;
  assert.ok(connectedDeviceCount >= 1);
  await client.close();
  await until(() => stateOf(identity.deviceId), state => state === 'Disconnected', 'connection state');
});
