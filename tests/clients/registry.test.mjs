// The identity registry with the service SDK.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { createIdentity, request, unique } from './lib/hub.mjs';
import { proves } from './lib/proof.mjs';
import { bodyOf, registry } from './lib/service.mjs';

const newKey = () => randomBytes(32).toString('base64');

proves('Registry: create, get, update, delete a device', ['service'], 'A device is created, read, changed and deleted', async () => {
  const deviceId = unique('dev');
  const made = await bodyOf(registry.create({ deviceId, statusReason: 'because' }));
  assert.equal(made.deviceId, deviceId);
  assert.equal(made.status, 'enabled');
  assert.equal(made.statusReason, 'because');
  assert.equal(made.connectionState, 'Disconnected');
  assert.match(made.generationId, /^\d+$/);
  assert.ok(made.etag);
  assert.deepEqual(made.capabilities, { iotEdge: false });
  assert.equal(made.authentication.type, 'sas');

  const read = await bodyOf(registry.get(deviceId));
  assert.equal(read.etag, made.etag);
  assert.deepEqual(read.authentication, made.authentication);

  const changed = await bodyOf(registry.update({ ...read, status: 'disabled', statusReason: 'off' }));
  assert.equal(changed.status, 'disabled');
  assert.notEqual(changed.etag, read.etag);
  assert.equal(changed.generationId, read.generationId);
  assert.notEqual(changed.statusUpdatedTime, read.statusUpdatedTime);

  await registry.delete(deviceId);
  await assert.rejects(registry.get(deviceId), { name: 'DeviceNotFoundError' });

  const again = await bodyOf(registry.create({ deviceId }));
  assert.notEqual(again.generationId, made.generationId);
});

proves('Registry: create, get, update, delete a device', ['service'], 'Ids may hold every character that Azure permits', async () => {
  const deviceId = `${unique('x')}-:.+%_#*?!(),=@;$'`;
  await registry.create({ deviceId });
  assert.equal((await bodyOf(registry.get(deviceId))).deviceId, deviceId);
  assert.equal((await bodyOf(registry.getTwin(deviceId))).deviceId, deviceId);
  await registry.delete(deviceId);
  await assert.rejects(registry.get(deviceId), { name: 'DeviceNotFoundError' });
});

proves('Registry: list devices', ['service'], 'The list has what was created', async () => {
  const { deviceId } = await createIdentity();
  const devices = await bodyOf(registry.list());
  assert.ok(devices.length >= 1 && devices.length <= 1000);
  assert.equal(devices.filter(device => device.deviceId === deviceId).length, 1);
});

proves('Registry: keys chosen by the caller or made by the hub', ['service'], 'Keys are kept as given, and made when missing or empty', async () => {
  const symmetricKey = { primaryKey: newKey(), secondaryKey: newKey() };
  const chosen = await bodyOf(registry.create({ deviceId: unique('dev'), authentication: { type: 'sas', symmetricKey } }));
  assert.deepEqual(chosen.authentication.symmetricKey, symmetricKey);

  const made = await bodyOf(registry.create({ deviceId: unique('dev'), authentication: { symmetricKey: { primaryKey: '', secondaryKey: '' } } }));
  const { primaryKey, secondaryKey } = made.authentication.symmetricKey;
  assert.equal(Buffer.from(primaryKey, 'base64').length, 32);
  assert.notEqual(primaryKey, secondaryKey);
});

proves('Registry: ETag and If-Match', ['service'], 'An update with an old etag goes through: this SDK sends If-Match: "*"', async () => {
  const { deviceId, etag } = await createIdentity();
  const first = await bodyOf(registry.update({ deviceId, etag, statusReason: 'one' }));
  const second = await bodyOf(registry.update({ deviceId, etag, statusReason: 'two' }));
  assert.equal(second.statusReason, 'two');
  assert.equal(new Set([etag, first.etag, second.etag]).size, 3);
});

proves('Registry: ETag and If-Match', ['rest'], 'If-Match is read in every spelling that clients use', async () => {
  const device = await createIdentity();
  const put = (etag, statusReason) => request('PUT', device.path, { body: { deviceId: device.deviceId, statusReason }, headers: { 'if-match': etag } });
  for (const spell of [etag => etag, etag => `"${etag}"`, etag => `W/"${etag}"`, () => '*', () => '"*"']) {
    const { etag } = (await request('GET', device.path)).json;
    const answer = await put(spell(etag), spell(etag));
    assert.equal(answer.status, 200, `If-Match: ${spell(etag)}`);
    assert.equal(answer.headers.etag, `"${answer.json.etag}"`);
  }

  const stale = await put('"AAAA"', 'x');
  assert.equal(stale.status, 412);
  assert.equal(stale.headers['iothub-errorcode'], 'PreconditionFailed');
  assert.match(stale.json.Message, /^ErrorCode:PreconditionFailed;/);
  assert.equal((await put('""', 'x')).status, 409); // An empty etag creates.
  assert.equal((await request('DELETE', device.path, { headers: { 'if-match': '"AAAA"' } })).status, 412);
  assert.equal((await request('DELETE', device.path)).status, 204);
  assert.equal((await put('*', 'x')).status, 404);
});

proves('Registry: device that exists already', ['service'], 'A second creation is DeviceAlreadyExists', async () => {
  const { deviceId } = await createIdentity();
  await assert.rejects(registry.create({ deviceId }), { name: 'DeviceAlreadyExistsError' });
});

proves('Registry: device that does not exist', ['service'], 'Every call on an unknown device is DeviceNotFound', async () => {
  const deviceId = unique('nobody');
  const calls = {
    get: () => registry.get(deviceId),
    delete: () => registry.delete(deviceId),
    update: () => registry.update({ deviceId }),
    getTwin: () => registry.getTwin(deviceId),
    updateTwin: () => registry.updateTwin(deviceId, { tags: { a: 1 } }, '*'),
    getModulesOnDevice: () => registry.getModulesOnDevice(deviceId),
    addModule: () => registry.addModule({ deviceId, moduleId: 'm' }),
  };
  for (const [name, call] of Object.entries(calls)) {
    await assert.rejects(call, { name: 'DeviceNotFoundError' }, name);
  }
});

proves('Registry: bulk add, update, remove', ['service'], 'Devices are added, changed and removed in bulk', async () => {
  const devices = Array.from({ length: 10 }, () => ({ deviceId: unique('bulk'), authentication: { symmetricKey: { primaryKey: newKey(), secondaryKey: newKey() } } }));
  const added = await bodyOf(registry.addDevices(devices));
  assert.deepEqual(added, { isSuccessful: true, errors: [], warnings: [] });
  assert.deepEqual((await bodyOf(registry.get(devices[3].deviceId))).authentication.symmetricKey, devices[3].authentication.symmetricKey);

  const current = await Promise.all(devices.map(device => bodyOf(registry.get(device.deviceId))));
  const updated = await bodyOf(registry.updateDevices(current.map(device => ({ ...device, status: 'disabled' })), false));
  assert.equal(updated.isSuccessful, true);
  assert.equal((await bodyOf(registry.get(devices[9].deviceId))).status, 'disabled');

  // The etags in `current` are old now.
  const stale = await failure(registry.updateDevices(current, false));
  assert.equal(stale.errors.length, 10);
  assert.ok(stale.errors.every(error => error.errorCode === 'PreconditionFailed'));
  assert.equal((await bodyOf(registry.updateDevices(current, true))).isSuccessful, true);

  const kept = await failure(registry.removeDevices(current, false));
  assert.equal(kept.errors.length, 10);
  assert.equal((await bodyOf(registry.removeDevices(current, true))).isSuccessful, true);
  await assert.rejects(registry.get(devices[0].deviceId), { name: 'DeviceNotFoundError' });
});

proves('Registry: bulk add, update, remove', ['service'], 'One bad entry of a bulk call is named, the others are done', async () => {
  const { deviceId } = await createIdentity();
  const other = unique('bulk');
  const keys = () => ({ symmetricKey: { primaryKey: newKey(), secondaryKey: newKey() } });
  const result = await failure(registry.addDevices([{ deviceId, authentication: keys() }, { deviceId: other, authentication: keys() }]));
  assert.equal(result.isSuccessful, false);
  assert.deepEqual(result.errors.map(error => [error.deviceId, error.errorCode]), [[deviceId, 'DeviceAlreadyExists']]);
  assert.equal((await bodyOf(registry.get(other))).deviceId, other);
});

/** The body of a bulk call that failed in part: status 400, which the SDK makes an error of. */
async function failure(call) {
  try {
    return (await call).responseBody;
  } catch (error) {
    return JSON.parse(error.responseBody);
  }
}

proves('Registry: statistics', ['service'], 'Statistics count devices by status', async () => {
  const before = await bodyOf(registry.getRegistryStatistics());
  await createIdentity({ status: 'disabled' });
  const after = await bodyOf(registry.getRegistryStatistics());
  assert.ok(after.totalDeviceCount > before.totalDeviceCount);
  assert.ok(after.disabledDeviceCount > before.disabledDeviceCount);
  assert.equal(after.totalDeviceCount, after.enabledDeviceCount + after.disabledDeviceCount);
});

proves('Registry: create, get, list, update, delete modules', ['service'], 'Modules of a device', async () => {
  const { deviceId } = await createIdentity();
  const made = await bodyOf(registry.addModule({ deviceId, moduleId: 'm1', managedBy: 'me' }));
  assert.equal(made.moduleId, 'm1');
  assert.equal(made.managedBy, 'me');
  assert.ok(made.authentication.symmetricKey.primaryKey);
  await registry.addModule({ deviceId, moduleId: 'm2' });
  assert.deepEqual((await bodyOf(registry.getModulesOnDevice(deviceId))).map(module => module.moduleId).sort(), ['m1', 'm2']);

  const read = await bodyOf(registry.getModule(deviceId, 'm1'));
  assert.equal(read.etag, made.etag);
  const changed = await bodyOf(registry.updateModule({ ...read, managedBy: 'you' }));
  assert.equal(changed.managedBy, 'you');
  await assert.rejects(registry.updateModule({ ...read, managedBy: 'they' }), { name: 'InvalidEtagError' });
  assert.equal((await bodyOf(registry.updateModule({ ...read, managedBy: 'they' }, true))).managedBy, 'they');

  await assert.rejects(promisify(registry.removeModule.bind(registry))(read), { name: 'InvalidEtagError' }); // With its old etag.
  await registry.removeModule(deviceId, 'm1');
  await assert.rejects(registry.getModule(deviceId, 'm1'), error => error.response.statusCode === 404);
  await assert.rejects(registry.addModule({ deviceId, moduleId: 'm2' }), error => error.response.statusCode === 409);
});

proves('Registry: edge devices: scope, system modules', ['service'], 'An edge device has a scope and its two system modules, and may have children', async () => {
  const deviceId = unique('edge');
  const edge = await bodyOf(registry.create({ deviceId, capabilities: { iotEdge: true } }));
  assert.deepEqual(edge.capabilities, { iotEdge: true });
  assert.equal(edge.deviceScope, `ms-azure-iot-edge://${deviceId}-${edge.generationId}`);
  const modules = await bodyOf(registry.getModulesOnDevice(deviceId));
  assert.deepEqual(modules.map(module => [module.moduleId, module.managedBy]).sort(), [['$edgeAgent', 'iotEdge'], ['$edgeHub', 'iotEdge']]);
  const leaf = await bodyOf(registry.create({ deviceId: unique('leaf'), deviceScope: edge.deviceScope }));
  assert.equal(leaf.deviceScope, edge.deviceScope);
  assert.deepEqual(leaf.parentScopes, [edge.deviceScope]);
});

proves('Registry: invalid ids and documents refused', ['service'], 'An id that Azure does not permit is an argument error', async () => {
  for (const deviceId of ['with space', 'ä', 'x'.repeat(129), 'a/b']) {
    await assert.rejects(registry.create({ deviceId }), { name: 'ArgumentError' }, deviceId);
  }
});

proves('Registry: invalid ids and documents refused', ['rest'], 'Bad documents are refused and their secrets not repeated', async () => {
  const deviceId = unique('bad');
  const bad = [
    [{ deviceId, status: 'sleeping' }, 400],
    [{ deviceId, authentication: { type: 'sas', symmetricKey: { primaryKey: 'c2VjcmV0', secondaryKey: 'c2VjcmV0' } } }, 400],
    [{ deviceId: 'another' }, 400],
    ['{"deviceId": ', 400],
    [{ deviceId, authentication: { type: 'selfSigned', x509Thumbprint: { primaryThumbprint: 'abc' } } }, 400],
    [{ deviceId, statusReason: 'x'.repeat(129) }, 400],
  ];
  for (const [body, status] of bad) {
    const answer = await request('PUT', `/devices/${deviceId}`, { body });
    assert.equal(answer.status, status, JSON.stringify(body));
    assert.match(answer.json.Message, /^ErrorCode:\w+;/);
    assert.ok(!answer.text.includes('c2VjcmV0'));
  }

  assert.equal((await request('GET', `/devices/${deviceId}`)).status, 404);
});
