// The service side of provisioning, with the SDK's service client.
import assert from 'node:assert/strict';
import { unique } from './lib/hub.mjs';
import { proves } from './lib/proof.mjs';
import { bodyOf, derivedKey, enroll, enrollGroup, enrollments, iotHubs, register, withKey } from './lib/provisioning.mjs';
import { registry } from './lib/service.mjs';

const service = ['dps-service'];
const refusedWith = status => error => {
  assert.equal(error.response?.statusCode, status, `${error.name}: ${error.message}`);
  return true;
};

/** All rows of a query of the SDK, and the sizes of its pages. */
async function rowsOf(query) {
  const rows = [];
  const pages = [];
  do {
    const page = await bodyOf(query.next(query.continuationToken));
    pages.push(page.length);
    rows.push(...page);
  } while (query.hasMoreResults);
  return { rows, pages };
}

proves('Enrollments: create, get, update, delete an individual enrollment', service, 'An enrollment is what was written, and gone when deleted', async () => {
  const registrationId = unique('e').toLowerCase();
  const made = await bodyOf(enrollments.createOrUpdateIndividualEnrollment({
    registrationId, deviceId: 'D-1', iotHubs, attestation: { type: 'symmetricKey' }, initialTwin: { tags: { a: 1 }, properties: { desired: { b: 2 } } },
    reprovisionPolicy: { updateHubAssignment: true, migrateDeviceData: false },
  }));
  assert.equal(made.registrationId, registrationId);
  assert.equal(made.provisioningStatus, 'enabled');
  assert.ok(made.etag && made.createdDateTimeUtc && made.lastUpdatedDateTimeUtc);
  const found = await bodyOf(enrollments.getIndividualEnrollment(registrationId));
  assert.equal(found.deviceId, 'D-1');
  assert.deepEqual(found.initialTwin, { tags: { a: 1 }, properties: { desired: { b: 2 } } });
  assert.deepEqual(found.reprovisionPolicy, { updateHubAssignment: true, migrateDeviceData: false });
  assert.equal(found.attestation.symmetricKey?.primaryKey, undefined); // Keys are read out by their own call.
  found.provisioningStatus = 'disabled';
  const changed = await bodyOf(enrollments.createOrUpdateIndividualEnrollment(found));
  assert.equal(changed.provisioningStatus, 'disabled');
  assert.notEqual(changed.etag, found.etag);
  await enrollments.deleteIndividualEnrollment(registrationId);
  await assert.rejects(enrollments.getIndividualEnrollment(registrationId), refusedWith(404));
  await assert.rejects(enrollments.deleteIndividualEnrollment(registrationId), refusedWith(404));
});

proves('Enrollments: create, get, update, delete a group', service, 'A group is what was written, and gone when deleted', async () => {
  const { enrollmentGroupId } = await enrollGroup({ capabilities: { iotEdge: true }, allocationPolicy: 'static' });
  const found = await bodyOf(enrollments.getEnrollmentGroup(enrollmentGroupId));
  assert.equal(found.enrollmentGroupId, enrollmentGroupId);
  assert.equal(found.capabilities.iotEdge, true);
  assert.equal(found.allocationPolicy, 'static');
  found.allocationPolicy = 'hashed';
  assert.equal((await bodyOf(enrollments.createOrUpdateEnrollmentGroup(found))).allocationPolicy, 'hashed');
  await enrollments.deleteEnrollmentGroup(enrollmentGroupId);
  await assert.rejects(enrollments.getEnrollmentGroup(enrollmentGroupId), refusedWith(404));
});

proves('Enrollments: ETag and If-Match', service, 'A writer who has not seen the last change is refused', async () => {
  const { registrationId } = await enroll();
  const seen = await bodyOf(enrollments.getIndividualEnrollment(registrationId));
  await enrollments.createOrUpdateIndividualEnrollment({ ...seen, deviceId: 'first' });
  await assert.rejects(enrollments.createOrUpdateIndividualEnrollment({ ...seen, deviceId: 'second' }), refusedWith(412));
  await assert.rejects(enrollments.deleteIndividualEnrollment(registrationId, seen.etag), refusedWith(412));
  await assert.rejects(enrollments.createOrUpdateIndividualEnrollment({ registrationId, attestation: { type: 'symmetricKey' } }), refusedWith(409));
  assert.equal((await bodyOf(enrollments.getIndividualEnrollment(registrationId))).deviceId, 'first');
});

proves('Enrollments: attestation mechanism read-out', service, 'Keys that the service made, or that it was given, are read out by their own call', async () => {
  const { key } = await enroll();
  assert.ok(Buffer.from(key, 'base64').length >= 32);
  const [primaryKey, secondaryKey] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)].map(bytes => bytes.toString('base64'));
  const group = await enrollGroup({ attestation: { type: 'symmetricKey', symmetricKey: { primaryKey, secondaryKey } } });
  assert.equal(group.key, primaryKey);
});

/** The SDK's promise never settles here; its callback is called. */
const bulk = operation => new Promise((done, fail) => enrollments.runBulkEnrollmentOperation(operation, (error, result) => error ? fail(error) : done(result)));

proves('Enrollments: bulk', service, 'Enrollments are made and deleted together, and a wrong one is named', async () => {
  const one = () => ({ registrationId: unique('bulk').toLowerCase(), attestation: { type: 'symmetricKey' } });
  const list = [one(), one(), one()];
  const made = await bulk({ mode: 'create', enrollments: list });
  assert.equal(made.isSuccessful, true);
  const again = await bulk({ mode: 'create', enrollments: [list[0], one()] });
  assert.equal(again.isSuccessful, false);
  assert.deepEqual(again.errors.map(error => error.registrationId), [list[0].registrationId]);
  const gone = await bulk({ mode: 'delete', enrollments: list });
  assert.equal(gone.isSuccessful, true);
  await assert.rejects(enrollments.getIndividualEnrollment(list[0].registrationId), refusedWith(404));
});

proves('Enrollments: queries over enrollments, groups and registrations, paged', service, 'Pages together have every row', async () => {
  const mine = [];
  for (let i = 0; i < 5; i++) {
    mine.push((await enroll()).registrationId);
  }

  const { rows, pages } = await rowsOf(enrollments.createIndividualEnrollmentQuery({ query: 'SELECT * FROM enrollments' }, 2));
  assert.ok(mine.every(id => rows.some(row => row.registrationId === id)));
  assert.ok(pages.every(size => size <= 2) && pages.length >= 3);

  const group = await enrollGroup();
  const groups = (await rowsOf(enrollments.createEnrollmentGroupQuery({ query: '*' }, 10))).rows;
  assert.ok(groups.some(row => row.enrollmentGroupId === group.enrollmentGroupId));
  const ids = [unique('r'), unique('r')].map(id => id.toLowerCase());
  for (const id of ids) {
    await register('dps-http', withKey(id, derivedKey(group.key, id)));
  }

  const states = (await rowsOf(enrollments.createEnrollmentGroupDeviceRegistrationStateQuery({ query: '*' }, group.enrollmentGroupId, 1))).rows;
  assert.deepEqual(states.map(state => state.registrationId).sort(), ids.sort());
  assert.ok(states.every(state => state.status === 'assigned'));
});

proves('Enrollments: registration state: get, delete', service, 'What became of a registration is told, and forgotten on demand', async () => {
  const { registrationId, key } = await enroll();
  const { assignedHub } = await register('dps-http', withKey(registrationId, key));
  const state = await bodyOf(enrollments.getDeviceRegistrationState(registrationId));
  assert.deepEqual([state.status, state.assignedHub, state.deviceId], ['assigned', assignedHub, registrationId]);
  assert.equal((await bodyOf(enrollments.getIndividualEnrollment(registrationId))).registrationState.status, 'assigned');
  await enrollments.deleteDeviceRegistrationState(registrationId);
  await assert.rejects(enrollments.getDeviceRegistrationState(registrationId), refusedWith(404));
  assert.equal((await bodyOf(registry.get(registrationId))).deviceId, registrationId); // The identity stays.
});

proves('Enrollments: initial twin and capabilities reach the hub', service, 'The hub\'s device is what the enrollment says', async () => {
  const { registrationId, key } = await enroll({ capabilities: { iotEdge: true }, initialTwin: { tags: { site: { floor: 3 } }, properties: { desired: { on: true } } } });
  await register('dps-http', withKey(registrationId, key));
  assert.equal((await bodyOf(registry.get(registrationId))).capabilities.iotEdge, true);
  const twin = await bodyOf(registry.getTwin(registrationId));
  assert.deepEqual(twin.tags, { site: { floor: 3 } });
  assert.equal(twin.properties.desired.on, true);
});
