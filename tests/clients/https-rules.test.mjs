// What the HTTPS side demands of whoever calls, and how it says no.
import assert from 'node:assert/strict';
import { createHub, createIdentity, createModule, hub, request, unique } from './lib/hub.mjs';
import { proves } from './lib/proof.mjs';
import { token } from './lib/sas.mjs';

const rest = ['rest'];

function assertError(answer, status, name, text) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers['iothub-errorcode'], name);
  assert.match(answer.headers['content-type'], /^application\/json/);
  assert.match(answer.json.Message, new RegExp(`^ErrorCode:${name};`));
  assert.match(answer.json.ExceptionMessage, /^Tracking ID:.*TimeStamp:/);
  if (text) {
    assert.match(answer.json.Message, text);
  }
}

proves('HTTPS rules: api-version required', rest, 'Without an api-version, or with one that is none, a call is 400', async () => {
  const { path, deviceId } = await createIdentity();
  for (const version of [null, 'nonsense', '2015-01-01']) {
    assertError(await request('GET', path, { version }), 400, 'InvalidProtocolVersion');
  }

  for (const version of ['2016-11-14', '2020-09-30', '2021-04-12', '2024-03-31']) {
    assert.equal((await request('GET', path, { version })).status, 200, version);
  }

  assert.equal((await request('GET', `/Devices/${deviceId}/`)).status, 200); // Fixed parts in any letter case, a slash too many.
});

proves('HTTPS rules: token missing, malformed, expired or out of scope refused', rest, 'A bad token is 401, whatever is wrong with it', async () => {
  const [mine, other] = [await createIdentity(), await createIdentity()];
  const owner = resource => token(resource, hub.ownerKey, { policy: 'iothubowner' });
  const bad = {
    missing: null,
    malformed: 'SharedAccessSignature nonsense',
    'of another kind': 'Basic bmFtZTpwYXNzd29yZA==',
    expired: hub.token({ seconds: -3600 }),
    'signed with another key': token(hub.host, Buffer.alloc(32, 3).toString('base64'), { policy: 'iothubowner' }),
    'of an unknown policy': token(hub.host, hub.ownerKey, { policy: 'nobody' }),
    'for another hub': owner('elsewhere.example'),
    'for another device': owner(other.resource),
    'for a device whose id is longer': owner(`${mine.resource}x`),
  };
  for (const [what, authorization] of Object.entries(bad)) {
    const answer = await request('GET', mine.path, { authorization });
    assert.equal(answer.status, 401, what);
    assert.match(answer.json.Message, /^ErrorCode:IotHubUnauthorized/, what);
    const signature = authorization?.match(/sig=([^&]+)/)?.[1];
    assert.ok(!answer.text.includes(hub.ownerKey) && !(signature && answer.text.includes(signature)), what);
  }

  for (const resource of [hub.host, hub.host.toUpperCase(), mine.resource, `${hub.host}/devices`]) {
    assert.equal((await request('GET', mine.path, { authorization: owner(resource) })).status, 200, resource);
  }

  const late = await request('GET', mine.path, { authorization: hub.token({ seconds: -60 }) });
  assert.equal(late.status, 200); // Clocks may differ by five minutes.
});

proves('HTTPS rules: token missing, malformed, expired or out of scope refused', rest, 'Tokens are read in every spelling that SDKs use', async () => {
  const { path } = await createIdentity();
  const [, sr, sig, se, skn] = hub.token().match(/sr=([^&]*)&sig=([^&]*)&se=(\d+)&skn=(.*)/);
  const lower = text => text.replace(/%[0-9A-F]{2}/g, escape => escape.toLowerCase());
  for (const fields of [`se=${se}&skn=${skn}&sig=${sig}&sr=${sr}`, `sr=${sr}&sig=${lower(sig)}&skn=${skn}&se=${se}`, `sr=${sr}&sig=${decodeURIComponent(sig).replaceAll('=', '%3D')}&se=${se}&skn=${skn}`]) {
    assert.equal((await request('GET', path, { authorization: `SharedAccessSignature ${fields}` })).status, 200, fields.replace(/sig=[^&]*/, ''));
  }
});

proves('HTTPS rules: rights of the policies', rest, 'Each policy may do what Azure lets it, and no more', async () => {
  const device = await createIdentity();
  const policies = (await request('GET', '/nave/policies')).json;
  const operations = {
    read: () => ['GET', device.path],
    write: () => ['PUT', device.path, { body: { deviceId: device.deviceId }, headers: { 'if-match': '*' } }],
    twin: () => ['GET', `/twins/${device.deviceId}`],
    query: () => ['POST', '/devices/query', { body: { query: 'SELECT COUNT() AS n FROM devices' } }],
    send: () => ['POST', `${device.path}/messages/devicebound`, { body: 'x' }],
    events: () => ['GET', '/nave/events?from=earliest&untilEnd=true&deviceId=none'],
    telemetry: () => ['POST', `${device.path}/messages/events`, { body: 'x' }],
    hubs: () => ['GET', '/nave/hubs'],
  };
  const allowed = {
    iothubowner: ['read', 'write', 'twin', 'query', 'send', 'events', 'telemetry', 'hubs'],
    service: ['twin', 'query', 'send', 'events'],
    device: ['telemetry'],
    registryRead: ['read'],
    registryReadWrite: ['read', 'write'],
  };
  assert.deepEqual(policies.map(policy => policy.name).sort(), Object.keys(allowed).sort());
  for (const { name, primaryKey } of policies) {
    for (const [operation, make] of Object.entries(operations)) {
      const [method, path, options] = make();
      const { status } = await request(method, path, { ...options, authorization: token(hub.host, primaryKey, { policy: name }) });
      assert.equal(status === 401 ? 'refused' : status < 300 ? 'allowed' : status, allowed[name].includes(operation) ? 'allowed' : 'refused', `${name}: ${operation}`);
    }
  }
});

proves('HTTPS rules: error bodies and codes', rest, 'Errors have Azure\'s names, codes and form', async () => {
  const device = await createIdentity();
  const module = await createModule();
  assertError(await request('GET', `/devices/${unique('nobody')}`), 404, 'DeviceNotFound', /E_DEVICE_NOT_FOUND_IN_REGISTRY|deviceId/);
  assertError(await request('GET', `${device.path}/modules/none`), 404, 'ModuleNotFound');
  assertError(await request('PUT', device.path, { body: { deviceId: device.deviceId } }), 409, 'DeviceAlreadyExists');
  assertError(await request('PUT', module.path, { body: { deviceId: module.deviceId, moduleId: module.moduleId } }), 409, 'ModuleAlreadyExistsOnDevice');
  assertError(await request('PATCH', `/twins/${device.deviceId}`, { body: { tags: { a: 1 } }, headers: { 'if-match': '"abc"' } }), 412, 'PreconditionFailed');
  assertError(await request('PATCH', `/twins/${device.deviceId}`, { body: { tags: { 'a.b': 1 } } }), 400, 'ArgumentInvalid', /tags/);
  assertError(await request('GET', '/devices?top=1001'), 400, 'ArgumentInvalid', /1001/);
  assertError(await request('POST', '/devices', { body: Array.from({ length: 101 }, (_, i) => ({ id: `x${i}` })) }), 400, 'ArgumentInvalid', /101/);
  assertError(await request('GET', '/no/such/path'), 404, 'GenericNotFound');
  assertError(await request('POST', `${device.path}/messages/events`, { body: Buffer.alloc(256 * 1024 + 1) }), 413, 'MessageTooLarge');
  assertError(await request('GET', device.path, { host: 'elsewhere.example' }), 401, 'IotHubNotFound');
});

proves('HTTPS rules: throttling by tier: 429', rest, 'A hub of tier F1 says 429 when its registry limit is used up, and one without limits does not', async () => {
  const small = await createHub({ tier: 'F1' });
  const answers = [];
  for (let i = 0; i < 250 && answers.at(-1)?.status !== 429; i++) {
    answers.push(await small.call('GET', '/devices/none'));
  }

  const last = answers.at(-1);
  assertThrottled(last, answers.length);
  assert.ok(answers.length > 50, `Throttled after ${answers.length}; Azure allows 100 a minute.`);
  assert.ok(answers.slice(0, -1).every(answer => answer.status === 404));
  for (let i = 0; i < 250; i++) {
    assert.equal((await request('GET', '/devices/none')).status, 404);
  }
});

function assertThrottled(answer, count) {
  assert.equal(answer.status, 429, `Not throttled after ${count} calls.`);
  assert.equal(answer.headers['iothub-errorcode'], 'ThrottlingException');
  assert.ok(Number(answer.headers['retry-after']) >= 1);
  assert.match(answer.json.Message, /429001/);
}

proves('HTTPS rules: several hubs by host name', rest, 'Two hubs of one process share nothing', async () => {
  const [one, two] = [await createHub({}), await createHub({})];
  const deviceId = unique('same');
  assert.equal((await one.call('PUT', `/devices/${deviceId}`, { body: { deviceId } })).status, 200);
  assert.equal((await two.call('GET', `/devices/${deviceId}`)).status, 404);
  assert.equal((await request('GET', `/devices/${deviceId}`)).status, 404);
  assert.equal((await two.call('GET', `/devices/${deviceId}`, { authorization: token(one.host, one.key, { policy: 'iothubowner' }) })).status, 401);
  assert.equal((await two.call('GET', `/devices/${deviceId}`, { authorization: token(two.host, one.key, { policy: 'iothubowner' }) })).status, 401);
  const hubs = (await request('GET', '/nave/hubs')).json;
  assert.ok([one.name, two.name].every(name => hubs.some(found => found.name === name)));
  assert.equal((await request('DELETE', `/nave/hubs/${two.name}`)).status, 204);
  assert.equal((await two.call('GET', '/devices')).status, 401);
});
