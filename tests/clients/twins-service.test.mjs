// Twins as the service side sees them.
import assert from 'node:assert/strict';
import { createIdentity, createModule, request } from './lib/hub.mjs';
import { proves } from './lib/proof.mjs';
import { bodyOf, registry } from './lib/service.mjs';

const without = section => Object.fromEntries(Object.entries(section).filter(([key]) => !key.startsWith('$')));

proves('Twins, service side: get and patch', ['service'], 'A twin is read and patched', async () => {
  const { deviceId, etag } = await createIdentity();
  const twin = await bodyOf(registry.getTwin(deviceId));
  assert.equal(twin.etag, 'AAAAAAAAAAE=');
  assert.equal(twin.version, 2);
  assert.equal(twin.deviceEtag, etag);
  assert.equal(twin.status, 'enabled');
  assert.equal(twin.authenticationType, 'sas');
  assert.equal(twin.properties.desired.$version, 1);
  assert.equal(twin.properties.reported.$version, 1);

  await twin.update({ tags: { site: { plant: 'a', line: 1 } }, properties: { desired: { rate: 5, mode: { on: true, level: 2 } } } });
  const changed = await bodyOf(registry.getTwin(deviceId));
  assert.deepEqual(changed.tags, { site: { plant: 'a', line: 1 } });
  assert.deepEqual(without(changed.properties.desired), { rate: 5, mode: { on: true, level: 2 } });
  assert.equal(changed.properties.desired.$version, 2);
  assert.equal(changed.etag, 'AAAAAAAAAAI=');

  // A patch merges: null deletes, what is not named stays.
  const merged = await bodyOf(registry.updateTwin(deviceId, { tags: { site: { line: null } }, properties: { desired: { mode: { level: null, fast: [1, 'x'] } } } }, changed.etag));
  assert.deepEqual(merged.tags, { site: { plant: 'a' } });
  assert.deepEqual(without(merged.properties.desired), { rate: 5, mode: { on: true, fast: [1, 'x'] } });
});

proves('Twins, service side: replace', ['rest'], 'A replacement drops what it does not name, but not reported properties', async () => {
  for (const { deviceId, moduleId } of [await createIdentity(), await createModule()]) {
    const path = `/twins/${deviceId}${moduleId ? `/modules/${moduleId}` : ''}`;
    await request('PATCH', path, { body: { tags: { a: 1 }, properties: { desired: { b: 1 } } } });
    const replaced = (await request('PUT', path, { body: { tags: { only: 1 }, properties: { desired: { x: [1, null] } } } })).json;
    assert.deepEqual(replaced.tags, { only: 1 });
    assert.deepEqual(without(replaced.properties.desired), { x: [1, null] });
    assert.equal(replaced.properties.desired.$version, 3);
    assert.equal(replaced.properties.reported.$version, 1);

    // The whole object may be sent back, read-only parts and all.
    const back = await request('PUT', path, { body: replaced, headers: { 'if-match': `"${replaced.etag}"` } });
    assert.equal(back.status, 200);
    assert.deepEqual(without(back.json.properties.desired), { x: [1, null] });
    assert.equal((await request('PUT', path, { body: replaced, headers: { 'if-match': '"abc"' } })).status, 412);
    const emptied = (await request('PUT', path, { body: {} })).json;
    assert.equal(emptied.tags, undefined);
    assert.deepEqual(without(emptied.properties.desired), {});
  }
});

proves('Twins, service side: module twins', ['service'], 'A module has its own twin', async () => {
  const { deviceId, moduleId } = await createModule('m');
  const twin = await bodyOf(registry.getModuleTwin(deviceId, moduleId));
  assert.equal(twin.moduleId, moduleId);
  const patched = await bodyOf(registry.updateModuleTwin(deviceId, moduleId, { tags: { a: 1 }, properties: { desired: { b: 2 } } }, twin.etag));
  assert.deepEqual(patched.tags, { a: 1 });
  await assert.rejects(registry.updateModuleTwin(deviceId, moduleId, { tags: { a: 2 } }, 'abc'), { name: 'InvalidEtagError' });
  assert.equal((await bodyOf(registry.getTwin(deviceId))).version, 2);
});

proves('Twins, service side: etag that does not match', ['service'], 'The etag "abc" is refused and nothing changes', async () => {
  const { deviceId } = await createIdentity();
  await assert.rejects(registry.updateTwin(deviceId, { tags: { a: 1 } }, 'abc'), { name: 'InvalidEtagError' });
  const twin = await bodyOf(registry.getTwin(deviceId));
  assert.deepEqual(twin.tags, {}); // What the SDK makes of a twin without tags.
  assert.equal(twin.version, 2);
});

proves('Twins, service side: tags, desired and their metadata', ['service'], 'Desired metadata says when and in which version each value came', async () => {
  const { deviceId } = await createIdentity();
  await registry.updateTwin(deviceId, { properties: { desired: { a: { b: 1 }, list: [1] } } }, '*');
  const { properties } = await bodyOf(registry.updateTwin(deviceId, { properties: { desired: { a: { c: 2 } } } }, '*'));
  const metadata = properties.desired.$metadata;
  assert.equal(metadata.$lastUpdatedVersion, 3);
  assert.equal(metadata.a.$lastUpdatedVersion, 3);
  assert.equal(metadata.a.b.$lastUpdatedVersion, 2);
  assert.equal(metadata.a.c.$lastUpdatedVersion, 3);
  assert.equal(metadata.list.$lastUpdatedVersion, 2);
  assert.match(metadata.a.c.$lastUpdated, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);
});

proves('Twins, service side: documents that break a rule refused', ['service'], 'Names, values, depth and sizes are limited as in Azure', async () => {
  const { deviceId } = await createIdentity();
  const deep = depth => depth === 0 ? 1 : { a: deep(depth - 1) };
  const bad = {
    'a dot in a name': { tags: { 'a.b': 1 } },
    'a space in a name': { tags: { 'a b': 1 } },
    'a dollar in a name': { properties: { desired: { $x: 1 } } },
    'a long text': { properties: { desired: { a: 'x'.repeat(4097) } } },
    'a big number': { properties: { desired: { a: 4503599627370496 } } },
    'an eleventh level of objects': { properties: { desired: deep(12) } },
    'tags over 8 KiB': { tags: { a: 'x'.repeat(4000), b: 'x'.repeat(4000), c: 'x'.repeat(300) } },
    'desired over 32 KiB': { properties: { desired: Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`p${i}`, 'x'.repeat(4000)])) } },
    'tags that are no object': { tags: 5 },
  };
  for (const [what, patch] of Object.entries(bad)) {
    await assert.rejects(registry.updateTwin(deviceId, patch, '*'), { name: 'ArgumentError' }, what);
  }

  const notJson = await request('PATCH', `/twins/${deviceId}`, { body: '{"tags":' });
  assert.equal(notJson.status, 400);
  assert.equal((await bodyOf(registry.getTwin(deviceId))).version, 2);
});
