// Twins as the device sees them.
import assert from 'node:assert/strict';
import { promisify } from 'node:util';
import { connect, connected, Message } from './lib/device.mjs';
import { createIdentity, createModule, request } from './lib/hub.mjs';
import { proves } from './lib/proof.mjs';
import { bodyOf, registry } from './lib/service.mjs';
import { collect, next } from './lib/wait.mjs';

const without = section => Object.fromEntries(Object.entries(section).filter(([key]) => !key.startsWith('$') && key !== 'update'));

async function opened(t, transport, make = createIdentity) {
  const identity = await make();
  const client = await connect(t, transport, identity);
  return { identity, client, twin: await client.getTwin() };
}

/** Listens to desired changes. The SDK does not tell when it has subscribed, but what it sends next is answered after it. */
async function listen(client, twin) {
  const deltas = collect(twin, 'properties.desired');
  await client.sendEvent(new Message('after the subscription'));
  await deltas.take(1); // The SDK begins with what is there.
  return deltas;
}

const report = (twin, patch) => promisify(twin.properties.reported.update.bind(twin.properties.reported))(patch);

proves('Device twin: get', connected, 'A device reads its twin, without tags and metadata', async (t, transport) => {
  const identity = await createIdentity();
  await registry.updateTwin(identity.deviceId, { tags: { secret: 1 }, properties: { desired: { a: { b: [1, 'x', true] } } } }, '*');
  const client = await connect(t, transport, identity);
  const { properties, tags } = await client.getTwin();
  assert.equal(tags, undefined);
  assert.deepEqual(without(properties.desired), { a: { b: [1, 'x', true] } });
  assert.equal(properties.desired.$version, 2);
  assert.equal(properties.desired.$metadata, undefined);
  assert.equal(properties.reported.$version, 1);
});

proves('Device twin: reported patch', connected, 'A reported patch merges, and the service sees it at once', async (t, transport) => {
  const { identity, twin } = await opened(t, transport);
  await report(twin, { firmware: { version: '1.2', slots: [1, 2] }, temperature: 21.5 });
  await report(twin, { firmware: { state: 'ok' } });
  const { properties, etag, version } = await bodyOf(registry.getTwin(identity.deviceId));
  assert.deepEqual(without(properties.reported), { firmware: { version: '1.2', slots: [1, 2], state: 'ok' }, temperature: 21.5 });
  assert.equal(properties.reported.$version, 3);
  assert.equal(etag, 'AAAAAAAAAAE=');
  assert.equal(version, 4);
  assert.ok(properties.reported.$metadata.firmware.version.$lastUpdated);
});

proves('Device twin: null deletes a reported property', connected, 'A null takes a property away', async (t, transport) => {
  const { identity, twin } = await opened(t, transport);
  await report(twin, { keep: 1, gone: 2, nested: { keep: 3, gone: 4 } });
  await report(twin, { gone: null, nested: { gone: null }, never: null });
  const { properties } = await bodyOf(registry.getTwin(identity.deviceId));
  assert.deepEqual(without(properties.reported), { keep: 1, nested: { keep: 3 } });
});

proves('Device twin: desired patch delivered', connected, 'A device gets the change, nulls and version with it', async (t, transport) => {
  const { identity, client, twin } = await opened(t, transport);
  const deltas = await listen(client, twin);
  const rate = next(twin, 'properties.desired.mode.rate');
  await registry.updateTwin(identity.deviceId, { properties: { desired: { mode: { rate: 1 }, gone: true } } }, '*');
  assert.equal(await rate, 1);
  await registry.updateTwin(identity.deviceId, { properties: { desired: { gone: null } } }, '*');
  await registry.updateTwin(identity.deviceId, { tags: { a: 1 } }, '*'); // Not the device's business.
  await registry.updateTwin(identity.deviceId, { properties: { desired: { last: 'x' } } }, '*');
  const [, first, second, third] = await deltas.take(4);
  assert.deepEqual([without(first), first.$version], [{ mode: { rate: 1 }, gone: true }, 2]);
  assert.deepEqual([without(second), second.$version], [{ gone: null }, 3]);
  assert.deepEqual([without(third), third.$version], [{ last: 'x' }, 4]);
  assert.deepEqual(without(twin.properties.desired), { mode: { rate: 1 }, last: 'x' });
});

proves('Device twin: full replace delivered', connected, 'A replacement arrives whole', async (t, transport) => {
  const identity = await createIdentity();
  await registry.updateTwin(identity.deviceId, { properties: { desired: { old: 1, kept: { a: 1 } } } }, '*');
  const client = await connect(t, transport, identity);
  const deltas = await listen(client, await client.getTwin());
  const replaced = await request('PUT', `/twins/${identity.deviceId}`, { body: { properties: { desired: { kept: { b: 2 } } } } });
  assert.equal(replaced.status, 200);
  const [, delta] = await deltas.take(2);
  assert.deepEqual(delta.kept, { b: 2 });
  assert.equal(delta.$version, 3);
});

proves('Device twin: module twin', connected, 'A module has its own reported and desired properties', async (t, transport) => {
  const { identity, client, twin } = await opened(t, transport, createModule);
  const deltas = await listen(client, twin);
  await report(twin, { m: 1 });
  await registry.updateModuleTwin(identity.deviceId, identity.moduleId, { properties: { desired: { d: 2 } } }, '*');
  const [, delta] = await deltas.take(2);
  assert.deepEqual(without(delta), { d: 2 });
  const { properties } = await bodyOf(registry.getModuleTwin(identity.deviceId, identity.moduleId));
  assert.deepEqual(without(properties.reported), { m: 1 });
  assert.deepEqual(without((await bodyOf(registry.getTwin(identity.deviceId))).properties.reported), {});
});

proves('Device twin: patch that breaks a rule is refused', connected, 'A refused patch is an error of the SDK and changes nothing', async (t, transport) => {
  const { identity, twin } = await opened(t, transport);
  for (const patch of [{ 'a.b': 1 }, { a: 'x'.repeat(4097) }, { n: 2 ** 52 }, { $x: 1 }]) {
    await assert.rejects(report(twin, patch), undefined, JSON.stringify(patch).slice(0, 40));
  }

  const { properties } = await bodyOf(registry.getTwin(identity.deviceId));
  assert.equal(properties.reported.$version, 1);
});
