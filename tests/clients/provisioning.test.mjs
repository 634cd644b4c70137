// Devices that know the provisioning service only, and end up in a hub.
import assert from 'node:assert/strict';
import { makeCertificate } from './lib/certificates.mjs';
import { connect, makeClient, Message } from './lib/device.mjs';
import { stored } from './lib/events.mjs';
import { hub, unique } from './lib/hub.mjs';
import { proves } from './lib/proof.mjs';
import { derivedKey, enroll, enrollGroup, enrollments, everyTransport, iotHubs, register, webhook, withCertificate, withKey } from './lib/provisioning.mjs';
import { bodyOf, registry } from './lib/service.mjs';

const base64 = pem => Buffer.from(pem).toString('base64');
const x509 = (kind, ...certificates) => ({
  type: 'x509', x509: { [kind]: { primary: { certificate: base64(certificates[0].cert) }, ...(certificates[1] ? { secondary: { certificate: base64(certificates[1].cert) } } : {}) } },
});

/** The device that was provisioned sends one event to the hub that it was told. */
async function assertWorks(t, transport, { assignedHub, deviceId }, key) {
  assert.equal(assignedHub, hub.host);
  const client = await connect(t, transport, { connectionString: `HostName=${assignedHub};DeviceId=${deviceId};SharedAccessKey=${key}` });
  await client.sendEvent(new Message('provisioned'));
  assert.equal((await stored(deviceId)).at(-1).body, 'provisioned');
}

proves('Provisioning: symmetric key, individual', everyTransport, 'A device with its own enrollment gets its hub and its id', async (t, transport) => {
  const { registrationId, key } = await enroll({ deviceId: unique('Named') });
  const state = await register(transport, withKey(registrationId, key));
  assert.equal(state.assignedHub, hub.host);
  assert.match(state.deviceId, /^Named/);
  assert.equal((await bodyOf(registry.get(state.deviceId))).authentication.symmetricKey.primaryKey, key);
});

proves('Provisioning: symmetric key, group, derived key', everyTransport, 'Devices of a group come with keys derived from the group\'s', async (t, transport) => {
  const { key } = await enrollGroup({ initialTwin: { tags: { fleet: 'f1' }, properties: { desired: { rate: 5 } } } });
  for (const registrationId of [unique('a'), unique('b')]) {
    const state = await register(transport, withKey(registrationId, derivedKey(key, registrationId)));
    assert.equal(state.deviceId, registrationId);
    assert.equal(state.assignedHub, hub.host);
    const twin = await bodyOf(registry.getTwin(registrationId));
    assert.equal(twin.tags.fleet, 'f1');
    assert.equal(twin.properties.desired.rate, 5);
  }
});

proves('Provisioning: the device connects to the hub it was assigned', everyTransport, 'What was provisioned works, over every protocol of the hub', async (t, transport) => {
  const { key } = await enrollGroup();
  const registrationId = unique('works');
  const own = derivedKey(key, registrationId);
  const state = await register(transport, withKey(registrationId, own));
  for (const protocol of ['mqtt', 'amqp', 'http']) {
    await assertWorks(t, protocol, state, own);
  }
});

proves('Provisioning: X.509, individual', everyTransport, 'Either certificate of an enrollment is let in, another is not', async (t, transport) => {
  const registrationId = unique('x509');
  const [first, second] = [makeCertificate(registrationId), makeCertificate(registrationId)];
  await enrollments.createOrUpdateIndividualEnrollment({ registrationId, attestation: x509('clientCertificates', first, second), iotHubs });
  for (const certificate of [first, second]) {
    const state = await register(transport, withCertificate(registrationId, certificate));
    assert.equal(state.deviceId, registrationId);
  }

  const client = makeClient(t, 'mqtt', { connectionString: `HostName=${hub.host};DeviceId=${registrationId};x509=true` });
  await client.setOptions(first);
  await client.open();
  await client.sendEvent(new Message('x'));
  await assert.rejects(register(transport, withCertificate(registrationId, makeCertificate(registrationId))));
});

proves('Provisioning: X.509, group by its CA, by an intermediate', everyTransport, 'A chain to the certificate of the group is let in under its own name', async (t, transport) => {
  const root = makeCertificate(unique('root'), { isAuthority: true });
  const intermediate = makeCertificate(unique('intermediate'), { isAuthority: true, issuer: root });
  for (const [authority, chain] of [[root, [root]], [intermediate, [intermediate]]]) {
    await enrollments.createOrUpdateEnrollmentGroup({ enrollmentGroupId: unique('ca').toLowerCase(), attestation: x509('signingCertificates', authority), iotHubs });
    const registrationId = unique('leaf').toLowerCase();
    const leaf = makeCertificate(registrationId, { issuer: chain[0] });
    const state = await register(transport, withCertificate(registrationId, leaf));
    assert.equal(state.deviceId, registrationId);
  }

  const stranger = makeCertificate(unique('stranger'), { isAuthority: true });
  const name = unique('nobody').toLowerCase();
  await assert.rejects(register(transport, withCertificate(name, makeCertificate(name, { issuer: stranger }))));
});

proves('Provisioning: payload to and from a custom allocation webhook', everyTransport, 'A webhook decides, sees what the device said and answers it', async (t, transport) => {
  let asked;
  const webhookUrl = await webhook(t, body => {
    asked = body;
    return { body: { iotHubHostName: hub.host, initialTwin: { tags: { by: 'webhook' }, properties: { desired: {} } }, payload: { welcome: true } } };
  });
  const { registrationId, key } = await enroll({
    allocationPolicy: 'custom', customAllocationDefinition: { webhookUrl, apiVersion: '2021-10-01' },
  });
  const state = await register(transport, withKey(registrationId, key), { payload: { model: 'x1' } });
  assert.equal(state.assignedHub, hub.host);
  assert.deepEqual(state.payload, { welcome: true });
  assert.equal(asked.deviceRuntimeContext.registrationId, registrationId);
  assert.deepEqual(asked.deviceRuntimeContext.payload, { model: 'x1' });
  assert.deepEqual(asked.linkedHubs, [hub.host]);
  assert.equal((await bodyOf(registry.getTwin(registrationId))).tags.by, 'webhook');
});

proves('Provisioning: wrong key, unknown enrollment, disabled enrollment refused', everyTransport, 'Nobody gets in who should not, and no identity is made', async (t, transport) => {
  const { registrationId, key } = await enroll();
  await assert.rejects(register(transport, withKey(registrationId, Buffer.alloc(32, 9).toString('base64'))));
  await assert.rejects(register(transport, withKey(unique('nobody'), key)));
  const disabled = await enroll({ provisioningStatus: 'disabled' });
  await assert.rejects(register(transport, withKey(disabled.registrationId, disabled.key)));
  for (const name of [registrationId, disabled.registrationId]) {
    await assert.rejects(registry.get(name), { name: 'DeviceNotFoundError' });
  }
});

proves('Provisioning: provisioned again: same hub, twin kept', everyTransport, 'A device that registers again keeps its hub, key and twin', async (t, transport) => {
  const { registrationId, key } = await enroll({ initialTwin: { tags: { a: 1 }, properties: { desired: {} } } });
  const first = await register(transport, withKey(registrationId, key));
  await registry.updateTwin(registrationId, { tags: { a: 2 } }, '*');
  const second = await register(transport, withKey(registrationId, key));
  assert.deepEqual([second.assignedHub, second.deviceId], [first.assignedHub, first.deviceId]);
  assert.equal((await bodyOf(registry.getTwin(registrationId))).tags.a, 2);
});
