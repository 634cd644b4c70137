// The Device Provisioning Service of the process under test: its service client, and devices that register, with the unmodified SDKs.
import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { hub, unique } from './hub.mjs';

const require = createRequire(import.meta.url);
const { ProvisioningDeviceClient } = require('azure-iot-provisioning-device');
const { Mqtt, MqttWs } = require('azure-iot-provisioning-device-mqtt');
const { Amqp, AmqpWs } = require('azure-iot-provisioning-device-amqp');
const { Http } = require('azure-iot-provisioning-device-http');
const { SymmetricKeySecurityClient } = require('azure-iot-security-symmetric-key');
const { X509Security } = require('azure-iot-security-x509');
const { ProvisioningServiceClient } = require('azure-iot-provisioning-service');

/** What `nave serve` told of it: { hostName, idScope, serviceConnectionString }. */
export const provisioning = JSON.parse(process.env.NAVE_PROVISIONING ?? '{"serviceConnectionString":"HostName=x;SharedAccessKeyName=x;SharedAccessKey=x"}');

/** The SDK's transports by the names that the compatibility table uses. */
const transports = { 'dps-mqtt': Mqtt, 'dps-mqtt-ws': MqttWs, 'dps-amqp': Amqp, 'dps-amqp-ws': AmqpWs, 'dps-http': Http };
export const everyTransport = Object.keys(transports);

/** The SDK's service client. */
export const enrollments = ProvisioningServiceClient.fromConnectionString(provisioning.serviceConnectionString);

/** The body of a call's result. */
export const bodyOf = async call => (await call).responseBody;

/** How a device proves who it is. */
export const withKey = (registrationId, key) => new SymmetricKeySecurityClient(registrationId, key);
export const withCertificate = (registrationId, certificate) => new X509Security(registrationId, certificate);

/** The key of one device of a group, as a device factory computes it. */
export const derivedKey = (groupKey, registrationId) =>
  createHmac('sha256', Buffer.from(groupKey, 'base64')).update(registrationId).digest('base64');

/** Registers a device and resolves with the state that the SDK gives: { assignedHub, deviceId, … }. */
export async function register(transport, security, { payload } = {}) {
  const client = ProvisioningDeviceClient.create(provisioning.hostName, provisioning.idScope, new transports[transport](), security);
  if (payload !== undefined) {
    client.setProvisioningPayload(payload);
  }

  return client.register();
}

/** Where the devices of these tests go: other tests make hubs of their own in the same process, and those are linked too. */
export const iotHubs = [hub.host];

/** Makes an individual enrollment with a symmetric key and returns it with its keys. */
export async function enroll(parts = {}) {
  const registrationId = unique('dev').toLowerCase();
  const made = await bodyOf(enrollments.createOrUpdateIndividualEnrollment({ registrationId, attestation: { type: 'symmetricKey' }, iotHubs, ...parts }));
  const { symmetricKey } = await bodyOf(enrollments.getIndividualEnrollmentAttestationMechanism(registrationId));
  return { ...made, registrationId, key: symmetricKey?.primaryKey };
}

/** Makes an enrollment group with a symmetric key and returns it with its key. */
export async function enrollGroup(parts = {}) {
  const enrollmentGroupId = unique('group').toLowerCase();
  const made = await bodyOf(enrollments.createOrUpdateEnrollmentGroup({ enrollmentGroupId, attestation: { type: 'symmetricKey' }, iotHubs, ...parts }));
  const { symmetricKey } = await bodyOf(enrollments.getEnrollmentGroupAttestationMechanism(enrollmentGroupId));
  return { ...made, enrollmentGroupId, key: symmetricKey?.primaryKey };
}

/** A webhook on this machine: answers every call with what `answer` makes of its body. Closed after the test. */
export async function webhook(t, answer) {
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }

    const { status = 200, body } = answer(JSON.parse(Buffer.concat(chunks).toString()));
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}/allocate`;
}
