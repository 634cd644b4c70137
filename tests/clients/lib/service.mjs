// Service clients of the unmodified SDK.
import { createRequire } from 'node:module';
import { NoRetry } from './device.mjs';
import { hub } from './hub.mjs';

const iothub = createRequire(import.meta.url)('azure-iothub');

/** The SDK's registry: identities, twins, queries. */
export const registry = iothub.Registry.fromConnectionString(hub.connectionString);

/** The AMQP transports of the service client by the names that the compatibility table uses. */
const transports = { 'service-amqp': iothub.Amqp, 'service-amqp-ws': iothub.AmqpWs };

/** Opens the SDK's service client over AMQP and closes it after the test. */
export async function connectService(t, transport, connectionString = hub.connectionString) {
  const client = iothub.Client.fromConnectionString(connectionString, transports[transport]);
  client.setRetryPolicy(new NoRetry());
  t.after(() => client.close().catch(() => { /* It never opened, or the hub closed it. */ }));
  await client.open();
  return client;
}

/** The SDK's service client; its direct methods go over HTTPS. */
export const service = iothub.Client.fromConnectionString(hub.connectionString);

/** The body of a call's result. */
export const bodyOf = async call => (await call).responseBody;

/** All rows of a query, and its pages' sizes. */
export async function rowsOf(sql, pageSize) {
  const query = registry.createQuery(sql, pageSize);
  const rows = [];
  const pages = [];
  while (query.hasMoreResults) {
    const { result: page } = await query.next(query.continuationToken);
    pages.push(page.length);
    rows.push(...page);
  }

  return { rows, pages };
}
