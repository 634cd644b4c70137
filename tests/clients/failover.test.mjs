// A hub is lost to its clients and its mirror takes over, behind the HAProxy configuration of eng/haproxy: unmodified SDKs go on by the name they know.
import assert from 'node:assert/strict';
import { Message, makeClient } from './lib/device.mjs';
import { consumer, deviceOf, earliest } from './lib/eventhubs.mjs';
import { createIdentity } from './lib/hub.mjs';
import { alias, callTo, promote } from './lib/pair.mjs';
import { proves } from './lib/proof.mjs';
import { watch, within } from './lib/wait.mjs';

const area = 'Fail-over';
const devices = ['mqtt', 'mqtt-ws', 'http'];
const patience = { timeout: 300_000 };
const deadline = 200_000;
const before = 5;
const after = 5;
const pair = JSON.parse(process.env.NAVE_PAIR ?? '[]');

/** The string that consumers have: it names neither hub. */
const eventHub = () => pair[0].eventHubConnectionString.replace(/Endpoint=sb:\/\/[^/;]+/, `Endpoint=sb://${alias}`);

/** Sends numbers one after the other until it is told to stop; a number that failed is sent again. */
function send(client, transport) {
  const acknowledged = [];
  const { changed, until } = watch(deadline);
  let stopped = false;
  const running = (async () => {
    for (let number = 0; !stopped; number++) {
      while (!stopped) {
        try {
          await within(client.sendEvent(new Message(String(number))), 'an acknowledgement', 15_000);
          acknowledged.push(number);
          changed();
          break;
        } catch {
          // What the SDK gives up the application tries again, a little later.
          await new Promise(done => { setTimeout(done, 200); });
          if (transport === 'http') {
            continue;
          }

          await client.open().catch(() => { /* It is tried again with the next attempt. */ });
        }
      }
    }
  })();
  return { acknowledged, until, stop: () => { stopped = true; return running; } };
}

/** Reads all that is there by the shared name, from the begin: a place in the old hub's stream means nothing in the new one's. */
function read(t) {
  const found = new Map();
  const { changed, until } = watch(deadline);
  const subscription = consumer(t, 'eventhubs', { from: eventHub(), retryOptions: { maxRetries: 1000, retryDelayInMs: 500, maxRetryDelayInMs: 1000, timeoutInMs: 10_000 } }).subscribe(
    {
      processEvents: async events => {
        for (const event of events) {
          const id = deviceOf(event);
          found.set(id, new Set([...(found.get(id) ?? []), Number(event.body)]));
        }

        changed();
      },
      processError: async () => { /* The link was cut off: the SDK opens another one. */ },
    },
    { startPosition: earliest, maxWaitTimeInSeconds: 1 });
  return { found, until, close: () => subscription.close() };
}

let once;

/** One fail-over for all tests: every transport sends meanwhile, and a consumer reads. */
function failover(t) {
  once ??= (async () => {
    const [old, next] = pair.map(hub => callTo(hub));
    const identities = await Promise.all(devices.map(transport => createIdentity({ deviceId: `fleet-${transport}` }, { host: alias, call: old })));

    // 1. The mirror has them too.
    const { changed, until } = watch(deadline);
    const have = new Set();
    const looking = (async () => {
      while (have.size < identities.length) {
        for (const { deviceId } of identities) {
          if ((await next('GET', `/devices/${deviceId}`)).status === 200) {
            have.add(deviceId);
            changed();
          }
        }
      }
    })();
    await until(() => have.size === identities.length, 'the mirror has every device');
    await looking;

    // 2. Everyone sends, and is read.
    const clients = identities.map((identity, i) => makeClient(t, devices[i], identity, { retries: true }));
    await Promise.all(clients.map(client => client.open()));
    const senders = clients.map((client, i) => send(client, devices[i]));
    const first = read(t);
    await Promise.all(senders.map(sender => sender.until(() => sender.acknowledged.length >= before, 'events before the switch')));
    await first.until(() => first.found.size === identities.length, 'every device is read before the switch');
    await first.close();

    // 3. The switch, by the command that users give.
    const promotion = await promote(process.env.NAVE_MIRROR);
    const switched = senders.map(sender => sender.acknowledged.length);
    await Promise.all(senders.map((sender, i) => sender.until(
      () => sender.acknowledged.length >= switched[i] + after, `${devices[i]} sends after the switch`)));
    await Promise.all(senders.map(sender => sender.stop()));

    // 4. What the new hub has is read by the same name and the same key.
    const reader = read(t);
    const isThere = i => senders[i].acknowledged.slice(-after).every(number => reader.found.get(identities[i].deviceId)?.has(number));
    await reader.until(() => identities.every((_, i) => isThere(i)), 'events after the switch are read');
    await reader.close();
    return { promotion, identities, senders, reader, next };
  })();
  return within(once, 'the fail-over', deadline + 60_000);
}

proves(`${area}: goes on through the shipped HAProxy when the mirror takes over`, devices, 'A device that knows one name sends to the hub and then to its mirror, and what it sent there is there', async (t, transport) => {
  const { promotion, identities, senders, reader, next } = await failover(t);
  const i = devices.indexOf(transport);
  assert.equal(promotion.sourceFenced, true);
  assert.equal((await next('GET', '/nave/standby')).json.standby, false);
  const { acknowledged } = senders[i];
  assert.deepEqual(acknowledged, acknowledged.map((_, number) => number));
  assert.ok(acknowledged.slice(-after).every(number => reader.found.get(identities[i].deviceId).has(number)));
}, patience);

proves(`${area}: finds the new hub's events by the same name and key`, ['eventhubs'], 'A consumer that is made after the fail-over reads the events of the hub that took over', async t => {
  const { identities, senders } = await failover(t);
  const { found, until, close } = read(t);
  await until(
    () => identities.every((identity, i) => senders[i].acknowledged.slice(-after).every(number => found.get(identity.deviceId)?.has(number))),
    'the events after the switch');
  await close();
  assert.equal(found.size, identities.length);
}, patience);
