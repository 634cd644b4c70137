// Consumers of the Event Hubs-compatible endpoint with the unmodified SDK.
import { createRequire } from 'node:module';
import ws from 'ws';
import { within } from './wait.mjs';

const sdk = createRequire(import.meta.url)('@azure/event-hubs');

export const { earliestEventPosition: earliest, latestEventPosition: latest } = sdk;

/** What Event Hubs SDKs connect with. */
export const connectionString = process.env.NAVE_EVENT_HUB_CONNECTION_STRING;

const optionsOf = transport => ({
  retryOptions: { maxRetries: 0, timeoutInMs: 60_000 },
  ...(transport === 'eventhubs-ws' ? { webSocketOptions: { webSocket: ws } } : {}),
});

/** Makes a consumer and closes it after the test. */
export function consumer(t, transport, { group = '$Default', from = connectionString, store, ...options } = {}) {
  const all = { ...optionsOf(transport), ...options };
  const client = store
    ? new sdk.EventHubConsumerClient(group, from, store, all)
    : new sdk.EventHubConsumerClient(group, from, all);
  t.after(() => client.close());
  return client;
}

/** Makes a producer and closes it after the test. */
export function producer(t, transport) {
  const client = new sdk.EventHubProducerClient(connectionString, optionsOf(transport));
  t.after(() => client.close());
  return client;
}

/** The device an event is of. */
export const deviceOf = event => event.systemProperties['iothub-connection-device-id'];

/**
 * Reads from all partitions (or one) until `count` events were wanted; an error of the SDK ends it.
 * `position` is a start for all partitions, or { [partition]: start }. Resolves with the wanted events, and closes the subscription.
 */
export async function read(client, { wanted, count = 1, partition, position = earliest, onStarted, ...options }) {
  const found = [];
  let subscription;
  try {
    await within(
      new Promise((done, fail) => {
        const handlers = {
          processEvents: async events => {
            found.push(...events.filter(wanted));
            if (found.length >= count) {
              done();
            }
          },
          processError: async error => fail(error),
        };
        const all = { startPosition: position, maxWaitTimeInSeconds: 1, ...options };
        subscription = partition === undefined ? client.subscribe(handlers, all) : client.subscribe(partition, handlers, all);
        Promise.resolve(onStarted?.()).catch(fail);
      }),
      `${count} events`, 90_000);
  } finally {
    await subscription?.close();
  }

  return found;
}

/** Checkpoints and ownerships shared by the consumers of one process, by the SDK's contract. */
export class SharedCheckpoints {
  #owners = new Map();
  #checkpoints = new Map();
  #version = 0;

  async listOwnership() {
    return [...this.#owners.values()];
  }

  async claimOwnership(claims) {
    const granted = claims.filter(({ partitionId, etag }) => (this.#owners.get(partitionId)?.etag ?? undefined) === (etag ?? undefined));
    return granted.map(claim => {
      const owner = { ...claim, etag: String(++this.#version), lastModifiedTimeInMs: Date.now() };
      this.#owners.set(claim.partitionId, owner);
      return owner;
    });
  }

  async updateCheckpoint(checkpoint) {
    this.#checkpoints.set(checkpoint.partitionId, checkpoint);
  }

  async listCheckpoints() {
    return [...this.#checkpoints.values()];
  }
}
