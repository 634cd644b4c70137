// Twins and methods by hand, for devices without an SDK: the documented topics and nothing else.
import assert from 'node:assert/strict';
import { createIdentity } from './lib/hub.mjs';
import { proves } from './lib/proof.mjs';
import { rawConnect } from './lib/raw.mjs';
import { bodyOf, registry, service } from './lib/service.mjs';
import { collect } from './lib/wait.mjs';

const raw = ['mqtt311', 'mqtt5'];

/** A connection that asks for the twin: `ask` publishes and resolves with { topic, json } of the answer. */
async function twinClient(t, level) {
  const identity = await createIdentity();
  const client = await rawConnect(t, level, identity);
  const messages = collect(client, 'message');
  await client.subscribeAsync(['$iothub/twin/res/#', '$iothub/twin/PATCH/properties/desired/#'], { qos: 1 });
  let answers = 0;
  const take = async () => {
    const [topic, payload] = (await messages.take(++answers)).at(-1);
    return { topic, json: payload.length ? JSON.parse(payload.toString()) : undefined };
  };
  const ask = async (topic, payload = '') => {
    client.publish(topic, typeof payload === 'string' ? payload : JSON.stringify(payload), { qos: 0 });
    return take();
  };
  return { identity, client, ask, take };
}

const reported = '$iothub/twin/PATCH/properties/reported/';

proves('Device twin: get', raw, 'The answer carries the request id as it was sent', async (t, level) => {
  const { ask } = await twinClient(t, level);
  const empty = { desired: { $version: 1 }, reported: { $version: 1 } };
  assert.deepEqual(await ask('$iothub/twin/GET/?$rid=1'), { topic: '$iothub/twin/res/200/?$rid=1', json: empty });
  assert.deepEqual(await ask('$iothub/twin/GET/?$rid=a-b.c%20d', ' '), { topic: '$iothub/twin/res/200/?$rid=a-b.c%20d', json: empty });
});

proves('Device twin: reported patch', raw, 'A patch is answered with 204 and the new version', async (t, level) => {
  const { identity, ask } = await twinClient(t, level);
  assert.deepEqual(await ask(`${reported}?$rid=7`, { a: { b: 1 } }), { topic: '$iothub/twin/res/204/?$rid=7&$version=2', json: undefined });
  const { json } = await ask('$iothub/twin/GET/?$rid=8');
  assert.deepEqual(json.reported, { a: { b: 1 }, $version: 2 });
  assert.equal((await bodyOf(registry.getTwin(identity.deviceId))).properties.reported.a.b, 1);
});

proves('Device twin: reported patch on a condition of its version', raw, 'A patch for another version is 412', async (t, level) => {
  const { ask } = await twinClient(t, level);
  assert.match((await ask(`${reported}?$rid=1&$version=1`, { a: 1 })).topic, /res\/204\//);
  const refused = await ask(`${reported}?$rid=2&$version=1`, { a: 2 });
  assert.match(refused.topic, /^\$iothub\/twin\/res\/412\/\?\$rid=2/);
  assert.equal(refused.json.errorCode, 412001);
});

proves('Device twin: patch that breaks a rule is refused', raw, 'A refusal has a status in the topic and an error as body', async (t, level) => {
  const { ask, client } = await twinClient(t, level);
  for (const body of ['{"a":', '[1]', '5', '{"a.b":1}', `{"a":"${'x'.repeat(4097)}"}`, '']) {
    const { topic, json } = await ask(`${reported}?$rid=1`, body);
    assert.match(topic, /^\$iothub\/twin\/res\/400\/\?\$rid=1/, body.slice(0, 20));
    assert.ok(json.errorCode >= 400000 && json.errorCode < 401000, body.slice(0, 20));
    assert.ok(json.trackingId && json.message && json.timestampUtc);
  }

  assert.ok(client.connected);
});

proves('Device twin: desired patch delivered', raw, 'A change comes with its version in topic and body', async (t, level) => {
  const { identity, take } = await twinClient(t, level);
  await registry.updateTwin(identity.deviceId, { properties: { desired: { a: { b: 1 }, gone: null } } }, '*');
  assert.deepEqual(await take(), {
    topic: '$iothub/twin/PATCH/properties/desired/?$version=2', json: { a: { b: 1 }, gone: null, $version: 2 },
  });
});

/** A connection that answers each method call with `answer(name, payload)` = { status, payload }. */
async function methodClient(t, level, answer) {
  const identity = await createIdentity();
  const client = await rawConnect(t, level, identity);
  client.on('message', (topic, payload) => {
    const [, name, rid] = topic.match(/^\$iothub\/methods\/POST\/([^/]+)\/\?\$rid=(.+)$/);
    const { status, body } = answer(decodeURIComponent(name), payload.toString());
    client.publish(`$iothub/methods/res/${status}/?$rid=${rid}`, body);
  });
  await client.subscribeAsync('$iothub/methods/POST/#', { qos: 1 });
  return (methodName, payload) => service.invokeDeviceMethod(identity.deviceId, { methodName, payload, responseTimeoutInSeconds: 20 });
}

proves('Direct methods: call and answer', raw, 'A call arrives on its topic, and the answer\'s topic has the status', async (t, level) => {
  const invoke = await methodClient(t, level, (name, body) => ({ status: -7, body: JSON.stringify({ name, body }) }));
  assert.deepEqual((await invoke('set*limit', { a: 1 })).result, { status: -7, payload: { name: 'set*limit', body: '{"a":1}' } });
  assert.deepEqual((await invoke('x', null)).result.payload, { name: 'x', body: 'null' });
});

proves('Direct methods: an answer that is no JSON', raw, 'It is a bad gateway for the caller; an empty one is null', async (t, level) => {
  const invoke = await methodClient(t, level, name => ({ status: 200, body: name === 'empty' ? '' : 'not json' }));
  assert.deepEqual((await invoke('empty', null)).result, { status: 200, payload: null });
  await assert.rejects(invoke('wrong', null), { name: 'BadDeviceResponseError' });
});
