// Devices that prove who they are with a certificate, and clients that do not trust the hub's.
import assert from 'node:assert/strict';
import { makeCertificate, thumbprints } from './lib/certificates.mjs';
import { connected, everyDevice, makeClient, Message } from './lib/device.mjs';
import { stored } from './lib/events.mjs';
import { createIdentity, request, unique } from './lib/hub.mjs';
import { proves } from './lib/proof.mjs';
import { within } from './lib/wait.mjs';


async function open(t, transport, identity, options) {
  const client = makeClient(t, transport, identity);
  const set = client.setOptions(options);
  if (transport !== 'http') {
    await set; // Over HTTPS the SDK sets them at once, and never tells that it has.
  }

  await client.open();
  return client;
}

async function assertAccepted(client, { deviceId }) {
  await client.sendEvent(new Message('{}'));
  const events = await stored(deviceId);
  const method = JSON.parse(events.at(-1).systemProperties['iothub-connection-auth-method']);
  assert.equal(method.type, 'x509');
}

const assertRefused = call => within(
  call.then(client => client.sendEvent(new Message('x'))).then(() => assert.fail('It was let in.'), error => {
    assert.ok(error.name === 'UnauthorizedError' || /Not authorized/i.test(error.message), `${error.name}: ${error.message}`);
  }),
  'a refusal');

const selfSigned = (primaryThumbprint, secondaryThumbprint) =>
  createIdentity({ authentication: { type: 'selfSigned', x509Thumbprint: { primaryThumbprint, secondaryThumbprint } } });

proves('Connect: X.509, self-signed by thumbprint', everyDevice, 'A certificate with either thumbprint, SHA-1 or SHA-256, is let in', async (t, transport) => {
  const [first, second] = [makeCertificate('anything'), makeCertificate('else')];
  const identity = await selfSigned(thumbprints(first).sha1, thumbprints(second).sha256.toLowerCase());
  await assertAccepted(await open(t, transport, identity, first), identity);
  await assertAccepted(await open(t, transport, identity, second), identity);
});

proves('Connect: X.509, self-signed by thumbprint', everyDevice, 'Another certificate, an expired one, or none is refused', async (t, transport) => {
  const expired = makeCertificate('old', { notAfter: new Date(Date.now() - 1000) });
  const identity = await selfSigned(thumbprints(makeCertificate('mine')).sha1, thumbprints(expired).sha1);
  await assertRefused(open(t, transport, identity, makeCertificate('not mine')));
  await assertRefused(open(t, transport, identity, expired));
});

proves('Connect: X.509, signed by a CA of the hub', everyDevice, 'A certificate of a verified CA is let in, under its own name only', async (t, transport) => {
  const authority = makeCertificate(unique('CA'), { isAuthority: true });
  const name = unique('ca');
  assert.equal((await request('PUT', `/nave/certificates/${name}?verified=true`, { body: authority.cert })).status, 201);
  const identity = await createIdentity({ authentication: { type: 'certificateAuthority' } });
  const own = makeCertificate(identity.deviceId, { issuer: authority });
  await assertAccepted(await open(t, transport, identity, own), identity);
  await assertRefused(open(t, transport, identity, makeCertificate('someone else', { issuer: authority })));
  await assertRefused(open(t, transport, identity, makeCertificate(identity.deviceId)));
  await request('DELETE', `/nave/certificates/${name}`);
  await assertRefused(open(t, transport, identity, own));
});

proves('Connect: X.509, signed by a CA of the hub', ['rest'], 'A CA counts once its owner has proved to hold its key', async t => {
  const authority = makeCertificate(unique('CA'), { isAuthority: true });
  const path = `/nave/certificates/${unique('ca')}`;
  const added = await request('PUT', path, { body: authority.cert });
  assert.equal(added.status, 201);
  assert.equal(added.json.isVerified, false);
  const identity = await createIdentity({ authentication: { type: 'certificateAuthority' } });
  const own = makeCertificate(identity.deviceId, { issuer: authority });
  await assertRefused(open(t, 'mqtt', identity, own));

  const { verificationCode } = added.json;
  assert.equal((await request('POST', `${path}/verify`, { body: makeCertificate('a guess', { issuer: authority }).cert })).status, 400);
  assert.equal((await request('POST', `${path}/verify`, { body: makeCertificate(verificationCode).cert })).status, 400);
  assert.equal((await request('POST', `${path}/verify`, { body: makeCertificate(verificationCode, { issuer: authority }).cert })).status, 200);
  await assertAccepted(await open(t, 'mqtt', identity, own), identity);
});

proves('Connect: server certificate of an unknown CA refused by the client', connected, 'A client that trusts another CA only does not connect', async (t, transport) => {
  const identity = await createIdentity();
  const other = makeCertificate('another CA', { isAuthority: true });
  await assert.rejects(open(t, transport, identity, { ca: other.cert }), /certificate|UNABLE_TO|not authorized|NotConnectedError/i);
  assert.deepEqual(await stored(identity.deviceId), []);
});
