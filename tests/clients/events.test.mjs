// The event stream: telemetry and the hub's own events, read back as lines of JSON.
import assert from 'node:assert/strict';
import { connect, Message } from './lib/device.mjs';
import { eventOf, stored } from './lib/events.mjs';
import { createIdentity, request, unique } from './lib/hub.mjs';
import { proves } from './lib/proof.mjs';
import { bodyOf, registry } from './lib/service.mjs';

const rest = ['rest'];
const source = name => event => event.systemProperties['iothub-message-source'] === name;

proves('Event stream: telemetry read back as lines of JSON', rest, 'Bodies are JSON, text or base64, from any place on', async t => {
  const identity = await createIdentity();
  const client = await connect(t, 'mqtt', identity);
  for (const body of ['{"a":[1,2]}', 'text', Buffer.from([255, 0])]) {
    await client.sendEvent(new Message(body));
  }

  const events = await stored(identity.deviceId);
  assert.deepEqual(events.map(({ body, bodyBase64 }) => ({ body, bodyBase64 })), [
    { body: { a: [1, 2] }, bodyBase64: undefined }, { body: 'text', bodyBase64: undefined }, { body: undefined, bodyBase64: '/wA=' },
  ]);
  const [first, second] = events;
  for (const event of events) {
    assert.deepEqual(Object.keys(event).slice(0, 8), ['partition', 'sequenceNumber', 'offset', 'enqueuedTime', 'deviceId', 'moduleId', 'systemProperties', 'properties']);
    assert.equal(typeof event.offset, 'string');
  }

  const read = async query => (await request('GET', `/nave/events?untilEnd=true&deviceId=${identity.deviceId}&${query}`)).text
    .split('\n').filter(line => line).map(line => JSON.parse(line)).filter(source('Telemetry'));
  assert.deepEqual((await read(`partition=${second.partition}&from=${second.sequenceNumber}`)).map(event => event.sequenceNumber), events.slice(1).map(event => event.sequenceNumber));
  assert.equal((await read(`from=${encodeURIComponent(first.enqueuedTime)}`)).length, 3);
  assert.deepEqual(await read('from=latest'), []);
  assert.equal((await request('GET', '/nave/events?from=yesterday')).status, 400);
  assert.equal((await request('GET', '/nave/events?partition=99')).status, 400);
});

proves('Event stream: telemetry read back as lines of JSON', rest, 'Text stands in a line as it was sent, not escaped, so that people can read it', async t => {
  const identity = await createIdentity();
  const client = await connect(t, 'mqtt', identity);
  const message = new Message('Grüße + "世界"');
  message.properties.add('maß', '1 + 1 < 3 & ü');
  await client.sendEvent(message);
  const { text } = await request('GET', `/nave/events?from=earliest&untilEnd=true&deviceId=${identity.deviceId}`);
  assert.ok(text.includes('"body":"Grüße + \\"世界\\""'), text);
  assert.ok(text.includes('"maß":"1 + 1 < 3 & ü"'), text);
  for (const path of ['/nave/policies', '/nave/hubs', '/devices']) {
    assert.ok(!(await request('GET', path)).text.includes('\\u00'), path); // A + in a key stays one, to be copied.
  }
});

proves('Event stream: twin change events', rest, 'A change of a twin is an event with what changed', async t => {
  const { deviceId, ...identity } = await createIdentity();
  await registry.updateTwin(deviceId, { tags: { a: 1 }, properties: { desired: { b: 2 } } }, '*');
  const desired = await eventOf(deviceId, event => source('twinChangeEvents')(event) && event.body.properties?.desired);
  assert.equal(desired.properties.opType, 'updateTwin');
  assert.equal(desired.properties['iothub-message-schema'], 'twinChangeNotification');
  assert.equal(desired.properties.deviceId, deviceId);
  assert.equal(desired.systemProperties['content-type'], 'application/json');
  assert.equal(desired.body.version, 3);
  assert.deepEqual(desired.body.tags, { a: 1 });
  assert.equal(desired.body.properties.desired.b, 2);
  assert.equal(desired.body.properties.desired.$version, 2);

  const client = await connect(t, 'mqtt', { connectionString: identity.connectionString });
  const twin = await client.getTwin();
  await new Promise((done, fail) => twin.properties.reported.update({ r: 1 }, error => error ? fail(error) : done()));
  const reported = await eventOf(deviceId, event => source('twinChangeEvents')(event) && event.body.properties?.reported?.r === 1);
  assert.equal(reported.body.properties.reported.$version, 2);

  await request('PUT', `/twins/${deviceId}`, { body: { tags: { c: 3 } } });
  const replaced = await eventOf(deviceId, event => event.properties.opType === 'replaceTwin');
  assert.deepEqual(replaced.body.tags, { c: 3 });
});

proves('Event stream: device lifecycle events', rest, 'Creation and deletion are events', async () => {
  const deviceId = unique('life');
  await bodyOf(registry.create({ deviceId }));
  await registry.addModule({ deviceId, moduleId: 'm' });
  await registry.delete(deviceId);
  const is = opType => event => source('deviceLifecycleEvents')(event) && event.properties.opType === opType;
  const created = await eventOf(deviceId, is('createDeviceIdentity'));
  assert.equal(created.properties['iothub-message-schema'], 'deviceLifecycleNotification');
  assert.equal(created.body.deviceId, deviceId);
  assert.equal(created.body.version, 2);
  const module = await eventOf(deviceId, is('createModuleIdentity'));
  assert.equal(module.properties.moduleId, 'm');
  await eventOf(deviceId, is('deleteDeviceIdentity'));
});

proves('Event stream: connection state events', rest, 'Connecting and leaving are events, in order', async t => {
  const { deviceId, ...identity } = await createIdentity();
  const client = await connect(t, 'mqtt', { connectionString: identity.connectionString });
  const is = opType => event => source('deviceConnectionStateEvents')(event) && event.properties.opType === opType;
  const connected = await eventOf(deviceId, is('deviceConnected'));
  await client.close();
  const gone = await eventOf(deviceId, is('deviceDisconnected'));
  assert.equal(connected.properties['iothub-message-schema'], 'deviceConnectionStateNotification');
  assert.ok(gone.body.sequenceNumber > connected.body.sequenceNumber);
});
