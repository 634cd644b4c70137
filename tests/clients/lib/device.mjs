// Device clients of the unmodified SDKs, by the transport under test.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { Client, ModuleClient } = require('azure-iot-device');
const { Amqp, AmqpWs } = require('azure-iot-device-amqp');
const { Mqtt, MqttWs } = require('azure-iot-device-mqtt');
const { Http } = require('azure-iot-device-http');
const common = require('azure-iot-common');

export const { Message, NoRetry, errors } = common;
export { Client, ModuleClient };

/** The SDK's transports by the names that the compatibility table uses. */
export const transports = { mqtt: Mqtt, 'mqtt-ws': MqttWs, amqp: Amqp, 'amqp-ws': AmqpWs, http: Http };

/** The transports that keep a connection. */
export const connected = ['mqtt', 'mqtt-ws', 'amqp', 'amqp-ws'];
export const overAmqp = ['amqp', 'amqp-ws'];
export const everyDevice = [...connected, 'http'];

/** Makes an SDK client and closes it after the test. `from` = identity with connection string, or (Class, transport) => client. */
export function makeClient(t, transport, from, options = {}) {
  const Transport = transports[transport];
  const client = typeof from === 'function' ? from(Transport)
    : from.moduleId ? ModuleClient.fromConnectionString(from.connectionString, Transport)
    : Client.fromConnectionString(from.connectionString, Transport);
  if (!options.retries) {
    client.setRetryPolicy(new NoRetry());
  }

  client.on('error', () => { /* Reported by the operation that fails; without a listener node ends the process. */ });
  t.after(() => client.close().catch(() => { /* It was closed, or the hub did it. */ }));
  return client;
}

/** Makes an SDK client and opens it. */
export async function connect(t, transport, from, options) {
  const client = makeClient(t, transport, from, options);
  await client.open();
  return client;
}

/** Makes an SDK client that the hub sees as connected: over AMQP that is one with a link, as in Azure, and the SDK makes links when they are needed. */
export async function present(t, transport, from, options) {
  const client = await connect(t, transport, from, options);
  if (overAmqp.includes(transport)) {
    await client.getTwin();
  }

  return client;
}
