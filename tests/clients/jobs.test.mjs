// Jobs: imports and exports through a storage account, methods and twin updates for many devices, with the service SDK.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { connect } from './lib/device.mjs';
import { createHub, createIdentity, hub, unique } from './lib/hub.mjs';
import { proves } from './lib/proof.mjs';
import { bodyOf, registry, rowsOf } from './lib/service.mjs';
import { until } from './lib/wait.mjs';

const require = createRequire(import.meta.url);
const { ContainerClient, ContainerSASPermissions } = require('@azure/storage-blob');
const { JobClient, Registry } = require('azure-iothub');
const ended = job => ['completed', 'failed', 'cancelled'].includes(job.status);

/** Makes a container in the storage account of the run, and a URI that lets into it. */
async function createContainer() {
  const container = new ContainerClient(process.env.NAVE_STORAGE, unique('jobs'));
  await container.create();
  const uri = await container.generateSasUrl({ permissions: ContainerSASPermissions.parse('rwdl'), expiresOn: new Date(Date.now() + 3600_000) });
  return {
    uri,
    read: async name => (await container.getBlobClient(name).downloadToBuffer()).toString(),
    write: async (name, lines) => {
      const text = lines.map(line => typeof line === 'string' ? line : JSON.stringify(line)).join('\n');
      await container.getBlockBlobClient(name).upload(text, Buffer.byteLength(text));
    },
  };
}

const linesOf = text => text.split('\n').filter(line => line.length > 0).map(line => JSON.parse(line));

/** Waits for an import or export job. */
const endOf = (own, { jobId }) => until(() => own.getJob(jobId), ended, `job ${jobId}`);

proves('Jobs: import and export of devices', ['service'], 'Devices go out to a blob and in again, with keys, twins and modules', async () => {
  const from = Registry.fromConnectionString((await createHub()).connectionString);
  const container = await createContainer();
  await from.create({ deviceId: 'plain' });
  await from.create({ deviceId: 'gateway', capabilities: { iotEdge: true } });
  const scope = (await bodyOf(from.get('gateway'))).deviceScope;
  await from.create({ deviceId: 'leaf', deviceScope: scope });
  await from.addModule({ deviceId: 'plain', moduleId: 'm' });
  await from.updateTwin('plain', { tags: { site: 'rome' }, properties: { desired: { interval: 5 } } }, '*');

  const started = await from.exportDevicesToBlob(container.uri, false);
  assert.equal(started.type, 'export');
  assert.equal(started.status, 'enqueued');
  assert.equal(started.progress, 0);
  assert.ok(!JSON.stringify(started).includes('sig='), 'A signature does not come back.');
  const exported = await endOf(from, started);
  assert.equal(exported.status, 'completed', exported.failureReason);
  assert.equal(exported.progress, 100);
  assert.ok(exported.endTimeUtc);
  const lines = linesOf(await container.read('devices.txt'));
  assert.deepEqual(lines.map(line => [line.id, line.moduleId]), [
    ['gateway', undefined], ['gateway', '$edgeAgent'], ['gateway', '$edgeHub'], ['leaf', undefined], ['plain', undefined], ['plain', 'm']]);

  // The leaf before its gateway.
  await container.write('devices.txt', lines.reverse());
  const to = Registry.fromConnectionString((await createHub()).connectionString);
  const imported = await endOf(to, await to.importDevicesFromBlob(container.uri, container.uri));
  assert.equal(imported.status, 'completed', imported.failureReason);
  assert.equal(await container.read('importErrors.log'), '');
  for (const id of ['plain', 'leaf', 'gateway']) {
    const [before, after] = [await bodyOf(from.get(id)), await bodyOf(to.get(id))];
    assert.deepEqual(after.authentication, before.authentication);
    assert.equal(after.deviceScope, before.deviceScope);
  }

  const twin = await bodyOf(to.getTwin('plain'));
  assert.equal(twin.tags.site, 'rome');
  assert.equal(twin.properties.desired.interval, 5);
  assert.equal((await bodyOf(to.getModule('plain', 'm'))).moduleId, 'm');
});

proves('Jobs: import and export of devices', ['service'], 'An export without keys has none', async () => {
  const own = Registry.fromConnectionString((await createHub()).connectionString);
  const container = await createContainer();
  await own.create({ deviceId: 'd' });
  assert.equal((await endOf(own, await own.exportDevicesToBlob(container.uri, true))).status, 'completed');
  const [line] = linesOf(await container.read('devices.txt'));
  assert.deepEqual(line.authentication.symmetricKey, { primaryKey: null, secondaryKey: null });
});

proves('Jobs: errors of an import are in its log', ['service'], 'Lines that fail are written down, the others are applied', async () => {
  const own = Registry.fromConnectionString((await createHub()).connectionString);
  const container = await createContainer();
  await own.create({ deviceId: 'there' });
  await container.write('devices.txt', [
    { id: 'there', importMode: 'create' },
    'not json',
    { id: 'gone', importMode: 'Update' },
    { id: 'there', importMode: 'updateIfMatchETag', eTag: 'bm90IGl0' },
    { id: 'new', importMode: 'createOrUpdate', tags: { a: 1 } },
  ]);
  const job = await endOf(own, await own.importDevicesFromBlob(container.uri, container.uri));
  assert.equal(job.status, 'completed', job.failureReason);
  const errors = linesOf(await container.read('importErrors.log'));
  assert.deepEqual(errors.map(error => [error.deviceId, error.errorCode]), [
    ['there', 'DeviceAlreadyExists'], ['', 'DeserializationError'], ['gone', 'DeviceNotFound'], ['there', 'PreconditionFailed']]);
  assert.ok(errors.every(error => error.errorStatus.length > 0));
  assert.equal((await bodyOf(own.getTwin('new'))).tags.a, 1);
});

proves('Jobs: list, get and cancel imports and exports', ['service'], 'Jobs are listed and cancelled, and unknown ones are told', async () => {
  const own = Registry.fromConnectionString((await createHub()).connectionString);
  const container = await createContainer();
  const job = await endOf(own, await own.exportDevicesToBlob(container.uri, false));
  assert.ok((await bodyOf(own.listJobs())).some(({ jobId, type }) => jobId === job.jobId && type === 'export'));
  await own.cancelJob(job.jobId);
  assert.equal((await own.getJob(job.jobId)).status, 'completed', 'What has ended stays as it is.');
  await assert.rejects(own.getJob('none'), error => error.response.statusCode === 404);
  const failed = await endOf(own, await own.importDevicesFromBlob((await createContainer()).uri, container.uri));
  assert.equal(failed.status, 'failed');
  assert.match(failed.failureReason, /devices\.txt/);
  await assert.rejects(own.exportDevicesToBlob('https://example.test/no-container', false), error => error.response.statusCode === 400);
});

proves('Jobs: twin update of many devices', ['service'], 'Every device that meets the condition is changed, and each has its row', async () => {
  const client = JobClient.fromConnectionString(hub.connectionString);
  const site = unique('site');
  const ids = [];
  for (let i = 0; i < 3; i++) {
    const { deviceId } = await createIdentity();
    await registry.updateTwin(deviceId, { tags: { site } }, '*');
    ids.push(deviceId);
  }

  const jobId = unique('job');
  const { jobStatus } = await client.scheduleTwinUpdate(jobId, `tags.site = '${site}'`, { etag: '*', properties: { desired: { interval: 7 } } }, new Date(), 60);
  assert.equal(jobStatus.jobId, jobId);
  assert.equal(jobStatus.type, 'scheduleUpdateTwin');
  const job = await until(async () => (await client.getJob(jobId)).jobStatus, ended, jobId);
  assert.equal(job.status, 'completed');
  assert.deepEqual(job.deviceJobStatistics, { deviceCount: 3, failedCount: 0, succeededCount: 3, runningCount: 0, pendingCount: 0 });
  for (const id of ids) {
    assert.equal((await bodyOf(registry.getTwin(id))).properties.desired.interval, 7);
  }

  const { rows } = await rowsOf(`SELECT * FROM devices.jobs WHERE devices.jobs.jobId = '${jobId}'`);
  assert.deepEqual(rows.map(row => [row.deviceId, row.jobType, row.status]), ids.sort().map(id => [id, 'scheduleUpdateTwin', 'completed']));
  await assert.rejects(client.scheduleTwinUpdate(jobId, '*', { etag: '*' }, new Date(), 60), error => error.response.statusCode === 409);
});

proves('Jobs: direct method on many devices', ['service'], 'A connected device answers; one that is away fails when the time is over', async t => {
  const client = JobClient.fromConnectionString(hub.connectionString);
  const [online, offline] = [await createIdentity(), await createIdentity()];
  const device = await connect(t, 'mqtt', online);
  device.onDeviceMethod('reboot', (call, answer) => answer.send(200, { heard: call.payload }));
  const jobId = unique('job');
  const method = { methodName: 'reboot', payload: { delay: 1 }, responseTimeoutInSeconds: 20 };
  const { jobStatus } = await client.scheduleDeviceMethod(jobId, `deviceId IN ['${online.deviceId}', '${offline.deviceId}']`, method, new Date(), 5);
  assert.equal(jobStatus.type, 'scheduleDeviceMethod');
  const job = await until(async () => (await client.getJob(jobId)).jobStatus, ended, jobId);
  assert.deepEqual(job.deviceJobStatistics, { deviceCount: 2, failedCount: 1, succeededCount: 1, runningCount: 0, pendingCount: 0 });
  const { rows } = await rowsOf(`SELECT * FROM devices.jobs WHERE devices.jobs.jobId = '${jobId}'`);
  const row = id => rows.find(({ deviceId }) => deviceId === id);
  assert.deepEqual(row(online.deviceId).outcome, { deviceMethodResponse: { status: 200, payload: { heard: { delay: 1 } } } });
  assert.equal(row(offline.deviceId).error.code, 'JobRunPreconditionFailed');
});

proves('Jobs: schedule for later, query, cancel', ['service'], 'A job for later is queued at once, found, and cancelled', async () => {
  const client = JobClient.fromConnectionString(hub.connectionString);
  const jobId = unique('job');
  const later = new Date(Date.now() + 3600_000);
  const { jobStatus } = await client.scheduleTwinUpdate(jobId, '*', { etag: '*', tags: { never: true } }, later, 60);
  assert.equal(jobStatus.status, 'queued');
  assert.equal((await client.getJob(jobId)).jobStatus.status, 'queued');

  const query = client.createQuery('scheduleUpdateTwin', 'queued', 1);
  const found = [];
  while (query.hasMoreResults) {
    const { result } = await query.next(query.continuationToken);
    found.push(...result);
  }

  assert.ok(found.some(job => job.jobId === jobId));
  assert.ok(found.every(job => job.status === 'queued' && job.type === 'scheduleUpdateTwin'));
  assert.equal((await client.cancelJob(jobId)).jobStatus.status, 'cancelled');
  assert.equal((await client.getJob(jobId)).jobStatus.status, 'cancelled');
  await assert.rejects(client.getJob(unique('none')), error => error.response.statusCode === 404);
});
