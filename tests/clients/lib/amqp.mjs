// A plain AMQP 1.0 client, no SDK.
import rhea from 'rhea';
import { hub } from './hub.mjs';
import { next, within } from './wait.mjs';

/** Builds messages: { data, … }. */
export const { data_section: dataOf } = rhea.message;
export const { types } = rhea;

/** Opens a connection; rejects when the hub refuses. Closed after the test. */
export async function amqpConnect(t, options = {}) {
  const container = rhea.create_container({ id: 'tests' });
  const connection = container.connect({
    transport: 'tls', host: 'localhost', servername: 'localhost', hostname: hub.host, port: 5671, reconnect: false, idle_time_out: 60_000, ...options,
  });
  t.after(() => connection.close());
  const refused = new Promise((done, fail) => {
    for (const event of ['connection_error', 'disconnected', 'error']) {
      connection.once(event, context => fail(context.connection?.error ?? context.error ?? new Error(event)));
    }
  });
  refused.catch(() => { /* Seen by the race below, or an end that the test wants. */ });
  await within(Promise.race([next(connection, 'connection_open'), refused]), 'open');
  return connection;
}

/** Puts a token into `$cbs`; resolves with the status code. */
export async function putToken(connection, audience, token) {
  const session = connection.create_session();
  session.begin();
  const receiver = session.open_receiver({ source: '$cbs', credit_window: 1 });
  const sender = session.open_sender({ target: '$cbs' });
  await next(sender, 'sendable');
  const reply = next(receiver, 'message');
  sender.send({
    message_id: 'put', reply_to: 'cbs', body: token,
    application_properties: { operation: 'put-token', type: 'servicebus.windows.net:sastoken', name: audience },
  });
  const { message } = await reply;
  session.close();
  return message.application_properties['status-code'];
}

/** Opens a sender and waits until it may send, or is refused: then rejects with the condition. */
export async function openSender(connection, address) {
  const sender = connection.open_sender({ target: { address } });
  await attached(sender, 'sendable', 'sender_error');
  return sender;
}

/** Opens a receiver without credit and waits until it is attached, or is refused: then rejects with the condition. */
export async function openReceiver(connection, address, options = {}) {
  const receiver = connection.open_receiver({ source: { address }, credit_window: 0, autoaccept: false, ...options });
  await attached(receiver, 'receiver_open', 'receiver_error', () => receiver.remote.attach.source?.address);
  return receiver;
}

/** Sends one message; resolves with the outcome: 'accepted', 'rejected', 'released'. A rejection's error comes with it. */
export async function send(sender, message) {
  const outcomes = ['accepted', 'rejected', 'released', 'modified'].map(name => next(sender, name, 30_000).then(({ delivery }) => [name, delivery.remote_state?.error]));
  sender.send(message);
  return Promise.race(outcomes);
}

// A refusal is an attach without terminus, and then a detach with the error.
async function attached(link, opened, failed, isThere = () => true) {
  const refused = next(link, failed, 20_000).then(() => { throw link.error ?? new Error('refused'); });
  refused.catch(() => { /* Only what comes first counts. */ });
  await Promise.race([next(link, opened, 20_000), refused]);
  if (!isThere()) {
    await refused;
  }
}
