// The Event Hubs-compatible endpoint, with the SDK that readers of Azure's use.
import assert from 'node:assert/strict';
import { promisify } from 'node:util';
import { connect, Message } from './lib/device.mjs';
import { connectionString, consumer, deviceOf, earliest, latest, producer, read, SharedCheckpoints } from './lib/eventhubs.mjs';
import { eventOf, stored } from './lib/events.mjs';
import { createIdentity, createModule, request, unique } from './lib/hub.mjs';
import { proves } from './lib/proof.mjs';
import { bodyOf, registry } from './lib/service.mjs';
import { watch } from './lib/wait.mjs';

// Readers from the earliest event on read all that other tests have sent, on a machine that may be slow.
const patience = { timeout: 180_000 };
const area = 'Event Hubs-compatible endpoint';
const eventHubs = ['eventhubs', 'eventhubs-ws'];
const hubName = connectionString.match(/EntityPath=([^;]+)/)[1];
const of = ({ deviceId }) => event => deviceOf(event) === deviceId && event.systemProperties['iothub-message-source'] === 'Telemetry';

/** Makes a device that has sent these bodies. */
async function sender(t, bodies) {
  const identity = await createIdentity();
  const client = await connect(t, 'mqtt', identity);
  for (const body of bodies) {
    await client.sendEvent(body instanceof Message ? body : new Message(body));
  }

  return { identity, client };
}

proves(`${area}: telemetry with its properties and annotations`, eventHubs, 'An event has what the device said and what the hub knows of it', async (t, transport) => {
  const identity = await createModule('m1');
  const client = await connect(t, 'mqtt', identity);
  const message = new Message('{"temperature":21.5}');
  Object.assign(message, { messageId: 'm-1', correlationId: 'c-1', contentType: 'application/json', contentEncoding: 'utf-8' });
  message.properties.add('level', 'a=b&c');
  const before = Date.now();
  await client.sendOutputEvent('out', message);
  const [event] = await read(consumer(t, transport), { wanted: of(identity) });
  assert.deepEqual(event.body, { temperature: 21.5 });
  assert.equal(event.messageId, 'm-1');
  assert.equal(event.correlationId, 'c-1');
  assert.equal(event.contentType, 'application/json');
  assert.equal(event.properties.level, 'a=b&c');
  assert.equal(typeof event.sequenceNumber, 'number');
  assert.match(String(event.offset), /^\d+$/);
  assert.ok(Math.abs(event.enqueuedTimeUtc.getTime() - before) < 30_000);
  const system = event.systemProperties;
  assert.equal(system['iothub-connection-device-id'], identity.deviceId);
  assert.equal(system['iothub-connection-module-id'], 'm1');
  assert.equal(JSON.parse(system['iothub-connection-auth-method']).scope, 'module');
  assert.equal(system['iothub-connection-auth-generation-id'], identity.generationId);
  assert.ok(Math.abs(Number(system['iothub-enqueuedtime']) - before) < 30_000);
  assert.equal(system['iothub-message-source'], 'Telemetry');
}, patience);

proves(`${area}: body of any bytes, empty ones too`, eventHubs, 'Bodies come byte for byte', async (t, transport) => {
  const bodies = [Buffer.from([0, 255, 254, 128]), Buffer.alloc(0), Buffer.from('Grüße, 世界'), Buffer.alloc(256 * 1024 - 512, 'abc')];
  const { identity } = await sender(t, bodies);
  const events = await read(consumer(t, transport), { wanted: of(identity), count: bodies.length, skipParsingBodyAsJson: true });
  assert.ok(events.every((event, i) => Buffer.from(event.body).equals(bodies[i])));
}, patience);

proves(`${area}: twin change, lifecycle and connection-state events`, eventHubs, 'The hub tells of its own events in the same stream', async (t, transport) => {
  const deviceId = unique('own');
  const { primaryKey } = (await bodyOf(registry.create({ deviceId }))).authentication.symmetricKey;
  const device = await connect(t, 'mqtt', { connectionString: connectionStringOf(deviceId, primaryKey) });
  const twin = await device.getTwin();
  await promisify(twin.properties.reported.update.bind(twin.properties.reported))({ r: 1 });
  // A connection that is over before the hub has told of it is not told of.
  await eventOf(deviceId, event => event.properties.opType === 'deviceConnected');
  await device.close();
  const kindOf = event => `${event.systemProperties['iothub-message-source']} ${event.properties.opType}`;
  const kinds = [
    'deviceLifecycleEvents createDeviceIdentity', 'deviceConnectionStateEvents deviceConnected', 'twinChangeEvents updateTwin',
    'deviceConnectionStateEvents deviceDisconnected',
  ];
  const missing = new Set(kinds);
  const events = await read(consumer(t, transport), {
    wanted: event => deviceOf(event) === deviceId && missing.delete(kindOf(event)), count: kinds.length,
  }).catch(error => assert.fail(`${[...missing].join(', ')}: ${error.message}`));
  await registry.delete(deviceId);
  await read(consumer(t, transport), { wanted: event => deviceOf(event) === deviceId && kindOf(event) === 'deviceLifecycleEvents deleteDeviceIdentity' });
  const change = events.find(event => event.properties.opType === 'updateTwin');
  assert.equal(change.body.properties.reported.r, 1);
  assert.equal(change.properties.hubName, hubName);
}, patience);

function connectionStringOf(deviceId, key) {
  return `HostName=${process.env.NAVE_CONNECTION_STRING.match(/HostName=([^;]+)/)[1]};DeviceId=${deviceId};SharedAccessKey=${key}`;
}

proves(`${area}: position: earliest, latest, offset, sequence number, time`, eventHubs, 'A reader starts where it says', async (t, transport) => {
  const { identity, client } = await sender(t, ['1', '2', '3', '4', '5']);
  const reader = consumer(t, transport);
  const all = await read(reader, { wanted: of(identity), count: 5 });
  assert.deepEqual(all.map(event => event.body), [1, 2, 3, 4, 5]);
  const partition = String((await stored(identity.deviceId))[0].partition);
  const from = async (position, count) => (await read(reader, { wanted: of(identity), partition, position, count })).map(event => event.body);
  assert.deepEqual(await from({ offset: all[2].offset, isInclusive: false }, 2), [4, 5]);
  assert.deepEqual(await from({ offset: all[2].offset, isInclusive: true }, 3), [3, 4, 5]);
  assert.deepEqual(await from({ sequenceNumber: all[1].sequenceNumber, isInclusive: false }, 3), [3, 4, 5]);
  assert.deepEqual(await from({ sequenceNumber: all[1].sequenceNumber, isInclusive: true }, 4), [2, 3, 4, 5]);
  assert.deepEqual((await from({ enqueuedOn: new Date(all[0].enqueuedTimeUtc.getTime() - 1) }, 5)).slice(-5), [1, 2, 3, 4, 5]);

  // From latest on: events before the link are not seen. What is sent again and again until one arrives is after it.
  let sending = true;
  const [live] = await read(reader, {
    wanted: of(identity), partition, position: latest,
    onStarted: async () => { while (sending) { await client.sendEvent(new Message('"live"')); } },
  }).finally(() => { sending = false; });
  assert.equal(live.body, 'live');
}, patience);

proves(`${area}: hub and partition properties`, eventHubs, 'The hub and its partitions describe themselves', async (t, transport) => {
  const { identity } = await sender(t, ['1']);
  const reader = consumer(t, transport);
  const { name, partitionIds, createdOn } = await reader.getEventHubProperties();
  assert.equal(name, hubName);
  assert.deepEqual(partitionIds, ['0', '1', '2', '3']);
  assert.ok(createdOn instanceof Date);
  const [event] = await read(reader, { wanted: of(identity) });
  const all = await Promise.all(partitionIds.map(id => reader.getPartitionProperties(id)));
  for (const [i, properties] of all.entries()) {
    assert.equal(properties.partitionId, String(i));
    assert.equal(properties.eventHubName, hubName);
    assert.ok(properties.isEmpty || properties.lastEnqueuedSequenceNumber >= properties.beginningSequenceNumber);
  }

  assert.ok(all.some(({ lastEnqueuedSequenceNumber }) => lastEnqueuedSequenceNumber >= event.sequenceNumber));
}, patience);

proves(`${area}: consumer groups`, eventHubs, 'A group is made, read with whatever the case of its name, and deleted', async (t, transport) => {
  const { identity } = await sender(t, ['1']);
  const group = unique('Group');
  assert.equal((await request('PUT', `/nave/consumer-groups/${group}`)).status, 201);
  for (const name of [group, group.toLowerCase(), '$default']) {
    const [event] = await read(consumer(t, transport, { group: name }), { wanted: of(identity) });
    assert.equal(event.body, 1);
  }

  assert.ok((await request('GET', '/nave/consumer-groups')).text.includes(group));
  assert.equal((await request('DELETE', `/nave/consumer-groups/${group}`)).status, 204);
  await assert.rejects(read(consumer(t, transport, { group }), { wanted: of(identity) }), { code: 'MessagingEntityNotFoundError' });
}, patience);

proves(`${area}: checkpoints: two consumers share the partitions and lose nothing`, eventHubs, 'Two consumers share the partitions and lose nothing, and a third goes on where they stopped', async (t, transport) => {
  const group = unique('shared');
  await request('PUT', `/nave/consumer-groups/${group}`);
  const senders = await Promise.all(Array.from({ length: 12 }, () => sender(t, ['1', '2', '3', '4', '5'])));
  const mine = new Set(senders.map(({ identity }) => identity.deviceId));
  const isMine = event => mine.has(deviceOf(event)) && event.systemProperties['iothub-message-source'] === 'Telemetry';
  const store = new SharedCheckpoints();
  const seen = [];
  const { changed, until } = watch(90_000);

  // An ownership is renewed every 200 ms. Who loses a link keeps its ownership until that expires: the SDK gives none back.
  const loadBalancingOptions = { strategy: 'greedy', updateIntervalInMs: 200, partitionOwnershipExpirationIntervalInMs: 10_000 };
  const subscribe = served => consumer(t, transport, { group, store, loadBalancingOptions }).subscribe(
    {
      // Called each second for each partition whose link is attached, with or without events.
      processEvents: async (events, context) => {
        served?.add(context.partitionId);
        seen.push(...events.filter(isMine));
        if (events.length > 0) {
          await context.updateCheckpoint(events.at(-1));
        }

        changed();
      },
      processError: async () => { /* A partition that the other one took over. */ },
    },
    { startPosition: earliest, maxWaitTimeInSeconds: 1 });
  const keys = () => new Set(seen.map(event => `${deviceOf(event)}/${event.body}`));

  // 1. One alone has them all. The second starts when every link of the first is attached: a link that the first still waited for
  //    would be newer than the second's, and take the partition back with neither of them noticing.
  const served = [new Set(), new Set()];
  const all = (await consumer(t, transport, { group }).getPartitionIds()).length;
  const first = subscribe(served[0]);
  await until(() => served[0].size === all && keys().size === 60, 'the first serves every partition and has read every event');

  // 2. Two have half of them each, and all of them together.
  const second = subscribe(served[1]);
  await until(() => served[1].size === all / 2, 'the second has taken half of the partitions');
  served.forEach(set => set.clear());
  await until(() => served.every(set => set.size > 0) && new Set(served.flatMap(set => [...set])).size === all, 'each serves some, both serve all');
  await Promise.all(senders.map(({ client }) => client.sendEvent(new Message('6'))));
  await until(() => keys().size === 72, 'every event is read');
  await Promise.all([first.close(), second.close()]);

  // 3. A third goes on behind the checkpoints.
  seen.length = 0;
  const client = await connect(t, 'mqtt', senders[0].identity);
  await client.sendEvent(new Message('"after"'));
  const third = subscribe();
  await until(() => seen.some(event => event.body === 'after'), 'the event after the checkpoints is read');
  await third.close();
  assert.deepEqual(seen.map(event => event.body), ['after']);
}, patience);

proves(`${area}: owner level: a higher one takes over, a lower one is refused`, eventHubs, 'The reader with the higher owner level keeps the partition', async (t, transport) => {
  const group = unique('owned');
  await request('PUT', `/nave/consumer-groups/${group}`);
  await sender(t, ['1']);
  const start = ownerLevel => {
    let stop;
    const ended = new Promise(done => { stop = done; });
    let ready;
    const initialized = new Promise(done => { ready = done; });
    const subscription = consumer(t, transport, { group }).subscribe(
      '0',
      { processInitialize: async () => { /* Not yet attached. */ }, processEvents: async () => ready(), processError: async error => stop(error) },
      { startPosition: earliest, ownerLevel, maxWaitTimeInSeconds: 1 });
    return { ended, initialized, close: () => subscription.close() };
  };
  const low = start(1);
  await low.initialized;
  const high = start(2);
  const lost = await low.ended;
  assert.equal(lost.code, 'ReceiverDisconnectedError');
  await high.initialized;
  const refused = await start(1).ended;
  assert.equal(refused.code, 'ReceiverDisconnectedError');
  await high.close();
}, patience);

proves(`${area}: last enqueued event properties`, eventHubs, 'A reader that asks is told how far the partition is', async (t, transport) => {
  await Promise.all(Array.from({ length: 8 }, () => sender(t, ['1', '2'])));
  const told = await new Promise((done, fail) => {
    const subscription = consumer(t, transport).subscribe(
      {
        processEvents: async (events, context) => {
          if (events.length > 0) {
            done({ ...context.lastEnqueuedEventProperties, last: events.at(-1) });
            subscription.close();
          }
        },
        processError: async error => fail(error),
      },
      { startPosition: earliest, trackLastEnqueuedEventProperties: true });
  });
  assert.ok(told.sequenceNumber >= told.last.sequenceNumber);
  assert.ok(told.offset);
  assert.ok(told.enqueuedOn);
}, patience);

proves(`${area}: wrong key, wrong entity, unknown consumer group refused`, eventHubs, 'What is wrong is refused with the SDK\'s own error', async (t, transport) => {
  const wrongKey = connectionString.replace(/SharedAccessKey=[^;]+/, `SharedAccessKey=${Buffer.alloc(32, 7).toString('base64')}`);
  await assert.rejects(consumer(t, transport, { from: wrongKey }).getEventHubProperties(), { code: 'UnauthorizedError' });
  await assert.rejects(read(consumer(t, transport, { from: wrongKey }), { wanted: () => true, partition: '0' }), { code: 'UnauthorizedError' });
  const wrongName = connectionString.replace(/EntityPath=[^;]+/, 'EntityPath=not-there');
  await assert.rejects(consumer(t, transport, { from: wrongName }).getEventHubProperties(), { code: 'MessagingEntityNotFoundError' });
  await assert.rejects(read(consumer(t, transport, { from: wrongName }), { wanted: () => true, partition: '0' }), { code: 'MessagingEntityNotFoundError' });
  await assert.rejects(read(consumer(t, transport, { group: 'not-there' }), { wanted: () => true, partition: '0' }), { code: 'MessagingEntityNotFoundError' });
  await assert.rejects(consumer(t, transport).getPartitionProperties('99'));
}, patience);

proves(`${area}: producer refused`, eventHubs, 'Nobody can send into the stream from behind', async (t, transport) => {
  await assert.rejects(producer(t, transport).sendBatch([{ body: 'forged' }]), { code: 'UnauthorizedError' });
}, patience);

proves(`${area}: UseDevelopmentEmulator, without TLS`, ['eventhubs'], 'The plain port is used when the connection string says so', async (t, transport) => {
  const { identity } = await sender(t, ['1']);
  const plain = connectionString.replace(/EntityPath/, 'UseDevelopmentEmulator=true;EntityPath');
  const [event] = await read(consumer(t, transport, { from: plain }), { wanted: of(identity) });
  assert.equal(event.body, 1);
}, patience);
