// Direct methods, from the service SDK to the device SDK and back.
import assert from 'node:assert/strict';
import { connect, connected } from './lib/device.mjs';
import { createIdentity, createModule, unique } from './lib/hub.mjs';
import { proves } from './lib/proof.mjs';
import { service } from './lib/service.mjs';


/** Invokes with a wait for the device to subscribe, as the SDK does not tell when it has. */
async function invoke({ deviceId, moduleId }, methodName, payload, timeouts = {}) {
  const call = { methodName, payload, connectTimeoutInSeconds: 20, responseTimeoutInSeconds: 20, ...timeouts };
  const { result } = await (moduleId ? service.invokeDeviceMethod(deviceId, moduleId, call) : service.invokeDeviceMethod(deviceId, call));
  return result;
}

proves('Direct methods: call and answer', connected, 'A method is called and answered', async (t, transport) => {
  const identity = await createIdentity();
  const client = await connect(t, transport, identity);
  client.onDeviceMethod('reboot', (call, answer) => answer.send(200, { heard: call.payload, name: call.methodName }));
  assert.deepEqual(await invoke(identity, 'reboot', { delay: 5 }), { status: 200, payload: { heard: { delay: 5 }, name: 'reboot' } });
  assert.deepEqual(await Promise.all([1, 2, 3].map(async n => (await invoke(identity, 'reboot', n)).payload.heard)), [1, 2, 3]);
});

proves('Direct methods: payload of any JSON: null, text, object', connected, 'Payloads arrive as they are, and so do answers', async (t, transport) => {
  const identity = await createIdentity();
  const client = await connect(t, transport, identity);
  client.onDeviceMethod('echo', (call, answer) => answer.send(200, call.payload));
  for (const payload of [null, '', 'foo', {}, { k1: 'v', k2: { k3: [1, null, 'ü🚀'] } }, 0, 12345678901, [], true]) {
    assert.deepEqual(await invoke(identity, 'echo', payload), { status: 200, payload }, JSON.stringify(payload));
  }
});

proves('Direct methods: payload of any JSON: null, text, object', connected, 'An answer without a payload is null, and 100 KiB go both ways', async (t, transport) => {
  const identity = await createIdentity();
  const client = await connect(t, transport, identity);
  client.onDeviceMethod('nothing', (call, answer) => answer.send(204));
  client.onDeviceMethod('echo', (call, answer) => answer.send(200, call.payload));
  assert.deepEqual(await invoke(identity, 'nothing'), { status: 204, payload: null });
  const large = 'x'.repeat(100 * 1024);
  assert.equal((await invoke(identity, 'echo', large)).payload, large);
  await assert.rejects(invoke(identity, 'echo', 'x'.repeat(129 * 1024)), error => error.response.statusCode >= 400 && error.response.statusCode < 500);
});

proves('Direct methods: the device answers with an error status', connected, 'A status of 4xx is the device\'s answer, not an error of the call', async (t, transport) => {
  const identity = await createIdentity();
  const client = await connect(t, transport, identity);
  client.onDeviceMethod('refuse', (call, answer) => answer.send(404, { reason: 'no such valve' }));
  assert.deepEqual(await invoke(identity, 'refuse', 1), { status: 404, payload: { reason: 'no such valve' } });
});

proves('Direct methods: module method', connected, 'A module answers its own methods', async (t, transport) => {
  const identity = await createModule();
  const client = await connect(t, transport, identity);
  client.onMethod('ping', (call, answer) => answer.send(200, 'from the module'));
  assert.deepEqual(await invoke(identity, 'ping', null), { status: 200, payload: 'from the module' });
});

proves('Direct methods: no answer in time', connected, 'A device that does not answer is a gateway time-out', async (t, transport) => {
  const identity = await createIdentity();
  const client = await connect(t, transport, identity);
  client.onDeviceMethod('sleep', () => { /* It never answers. */ });
  await assert.rejects(invoke(identity, 'sleep', null, { responseTimeoutInSeconds: 5 }), error => {
    assert.equal(error.name, 'GatewayTimeoutError');
    assert.match(error.responseBody, /504101/);
    return true;
  });
});

proves('Direct methods: waits for a device to connect', connected, 'A call made before the device is there waits for it', async (t, transport) => {
  const identity = await createIdentity();
  const call = invoke(identity, 'late', 'x', { connectTimeoutInSeconds: 30 });
  const client = await connect(t, transport, identity);
  client.onDeviceMethod('late', (request, answer) => answer.send(200, 'in time'));
  assert.deepEqual(await call, { status: 200, payload: 'in time' });
});

proves('Direct methods: waits for a device to connect', connected, 'A device that leaves before it answers is not waited for to the end', async (t, transport) => {
  const identity = await createIdentity();
  const client = await connect(t, transport, identity);
  const called = new Promise(done => client.onDeviceMethod('leave', done));
  const call = invoke(identity, 'leave', null, { responseTimeoutInSeconds: 30 });
  const outcome = assert.rejects(call, error => error.response.statusCode === 404 || error.response.statusCode === 504);
  await called;
  await client.close();
  await outcome;
});

proves('Direct methods: device not connected', ['service'], 'An offline device is 404103, at once or after the connect time-out', async () => {
  const identity = await createIdentity();
  for (const connectTimeoutInSeconds of [0, 2]) {
    const begin = Date.now();
    await assert.rejects(invoke(identity, 'x', null, { connectTimeoutInSeconds }), error => {
      assert.equal(error.response.statusCode, 404);
      assert.equal(error.response.headers['iothub-errorcode'], 'DeviceNotOnline');
      assert.equal(JSON.parse(JSON.parse(error.responseBody).Message).errorCode, 404103);
      return true;
    });
    const took = (Date.now() - begin) / 1000;
    assert.ok(took >= connectTimeoutInSeconds - 0.1 && took < connectTimeoutInSeconds + 5, `It took ${took} s.`);
  }
});

proves('Direct methods: unknown device', ['service'], 'An unknown device is DeviceNotFound', async () => {
  await assert.rejects(invoke({ deviceId: unique('nobody') }, 'x', null), { name: 'DeviceNotFoundError' });
});
