// File upload: a device asks for a place, writes there with the storage SDK, and tells how it went; services are told.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { connect, everyDevice } from './lib/device.mjs';
import { createHub, createIdentity, unique } from './lib/hub.mjs';
import { proves } from './lib/proof.mjs';
import { connectService } from './lib/service.mjs';
import { collect } from './lib/wait.mjs';

const { AnonymousCredential, BlockBlobClient, ContainerClient } = createRequire(import.meta.url)('@azure/storage-blob');
const account = process.env.NAVE_STORAGE;
const storages = {
  hub: () => ({ container: 'local' }),
  account: () => ({ container: unique('files'), connectionString: account }),
};

/** Makes a hub of the test's own, whose devices' files go to `storage`. */
async function hubWith(storage) {
  const own = await createHub();
  const settings = storages[storage]();
  const set = await own.call('PUT', '/nave/file-upload', { body: settings });
  assert.equal(set.status, 200, set.text);
  return { ...own, ...settings };
}

/** What is in a file, read as services read it. */
async function read(own, blobName) {
  if (own.connectionString === account) {
    return new ContainerClient(account, own.container).getBlobClient(blobName).downloadToBuffer();
  }

  const got = await own.call('GET', `/nave/uploads/${blobName.split('/').map(encodeURIComponent).join('/')}`);
  assert.equal(got.status, 200, got.text);
  return got.bytes;
}

/** Bytes of several blocks. */
const large = Buffer.alloc(9 * 1024 * 1024 + 3, 'nave');

proves('File upload: get a place, write there, tell of it', everyDevice, 'A file that was written by the storage SDK is whole, at the hub and in an account', async (t, transport) => {
  for (const storage of Object.keys(storages)) {
    const own = await hubWith(storage);
    const identity = await createIdentity({}, own);
    const client = await connect(t, transport, identity);
    const name = 'folder/a file (1).bin';
    const place = await client.getBlobSharedAccessSignature(name);
    assert.equal(place.blobName, `${identity.deviceId}/${name}`);
    const blob = new BlockBlobClient(`https://${place.hostName}/${place.containerName}/${encodeURI(place.blobName)}${place.sasToken}`, new AnonymousCredential());
    const text = Buffer.from('{"small":true}');
    const sent = await blob.upload(text, text.length, { blobHTTPHeaders: { blobContentType: 'application/json' } });
    assert.equal(sent._response.status, 201);
    await client.notifyBlobUploadStatus(place.correlationId, true, 200, 'done');
    assert.deepEqual(await read(own, place.blobName), text);
    await assert.rejects(client.notifyBlobUploadStatus(place.correlationId, true, 200, 'done'), undefined, 'An upload ends once.');

    const given = await client.getBlobSharedAccessSignature('given up');
    await client.notifyBlobUploadStatus(given.correlationId, false, 500, 'given up');
  }
});

proves('File upload: uploadToBlob, several blocks', everyDevice, 'A stream of several blocks arrives whole, at the hub and in an account', async (t, transport) => {
  for (const storage of Object.keys(storages)) {
    const own = await hubWith(storage);
    const identity = await createIdentity({}, own);
    const client = await connect(t, transport, identity);
    await client.uploadToBlob('log.bin', Readable.from([large]), large.length);
    assert.ok((await read(own, `${identity.deviceId}/log.bin`)).equals(large));
  }
});

proves('File upload: notification of a file', ['service-amqp', 'service-amqp-ws'], 'The service is told of a file once', async (t, transport) => {
  const own = await hubWith('hub');
  const identity = await createIdentity({}, own);
  const service = await connectService(t, transport, own.connectionString);
  const receiver = await new Promise((done, fail) => service.getFileNotificationReceiver((error, result) => error ? fail(error) : done(result)));
  const notices = new EventEmitter();
  receiver.on('errorReceived', () => { /* The connection's end. */ });
  receiver.on('message', notice => {
    receiver.complete(notice);
    notices.emit('notice', JSON.parse(notice.getData().toString()));
  });
  const all = collect(notices, 'notice');
  const client = await connect(t, 'mqtt', identity);
  await client.uploadToBlob('one.txt', Readable.from([Buffer.from('one')]), 3);
  await client.uploadToBlob('two.txt', Readable.from([Buffer.from('two!')]), 4);
  const [one, two] = await all.take(2);
  assert.equal(one.deviceId, identity.deviceId);
  assert.equal(one.blobName, `${identity.deviceId}/one.txt`);
  assert.equal(one.blobSizeInBytes, 3);
  assert.equal(one.blobUri, `https://${own.host}/nave/uploads/${identity.deviceId}/one.txt`);
  assert.ok(Date.parse(one.lastUpdatedTime));
  assert.equal(two.blobSizeInBytes, 4);
});

proves('File upload: no storage, wrong upload, ten under way: refused with Azure\'s codes', ['rest'], 'Refusals have Azure\'s codes', async () => {
  const own = await createHub();
  const { deviceId } = await createIdentity({}, own);
  const initiate = name => own.call('POST', `/devices/${deviceId}/files`, { body: { blobName: name } });
  const nowhere = await initiate('x');
  assert.equal(nowhere.status, 400);
  assert.equal(nowhere.headers['iothub-errorcode'], 'DefaultStorageEndpointNotConfigured');
  await own.call('PUT', '/nave/file-upload', { body: { container: 'local' } });
  const places = await Promise.all(Array.from({ length: 10 }, (_, i) => initiate(`f${i}`)));
  assert.deepEqual(places.map(place => place.status), Array(10).fill(200));
  const eleventh = await initiate('f10');
  assert.equal(eleventh.status, 403);
  assert.equal(eleventh.headers['iothub-errorcode'], 'DeviceMaximumActiveFileUploadLimitExceeded');
  const wrong = await own.call('POST', `/devices/${deviceId}/files/notifications`, { body: { correlationId: 'nobody', isSuccess: true, statusCode: 200 } });
  assert.equal(wrong.status, 400);
  assert.equal(wrong.headers['iothub-errorcode'], 'InvalidFileUploadCorrelationId');
  const absent = await own.call('POST', `/devices/${deviceId}/files/notifications/${places[0].json.correlationId}`, { body: { isSuccess: true, statusCode: 200 } });
  assert.equal(absent.status, 400);
  assert.equal(absent.headers['iothub-errorcode'], 'InvalidStorageEndpointOrBlob');
});
