// The hub under test, as run.mjs describes it in the environment, and what tests need of it over plain HTTPS.
import https from 'node:https';
import { parseConnectionString, token } from './sas.mjs';

export const apiVersion = '2021-04-12';

const parts = parseConnectionString(process.env.NAVE_CONNECTION_STRING ?? 'HostName=;run these tests with=npm test');

export const hub = {
  host: parts.HostName,
  connectionString: process.env.NAVE_CONNECTION_STRING,
  ownerKey: parts.SharedAccessKey,
  /** A token of the owner's policy. */
  token: options => token(parts.HostName, parts.SharedAccessKey, { policy: parts.SharedAccessKeyName, ...options }),
};

const agent = new https.Agent({ keepAlive: true });
let next = 0;

/** A name that no other test of this run uses. */
export const unique = prefix => `${prefix}-${process.pid.toString(36)}-${(next++).toString(36)}-${Math.random().toString(36).slice(2, 6)}`;

/**
 * One request, by hand. Resolves with { status, headers, text, json }, whatever the status is.
 * `authorization` null = no header; `version` null = no api-version; `host` = another hub of this process.
 */
export function request(method, path, { body, headers = {}, authorization = hub.token(), version = apiVersion, host = hub.host, tls = {} } = {}) {
  const url = version === null ? path : `${path}${path.includes('?') ? '&' : '?'}api-version=${version}`;
  const payload = body === undefined || Buffer.isBuffer(body) || typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((done, fail) => {
    const call = https.request(
      {
        host: 'localhost',
        servername: 'localhost',
        method,
        path: url,
        agent: Object.keys(tls).length ? undefined : agent,
        headers: {
          host,
          ...(authorization === null ? {} : { authorization }),
          ...(payload === undefined ? {} : { 'content-length': Buffer.byteLength(payload) }),
          ...headers,
        },
        ...tls,
      },
      response => {
        const chunks = [];
        response.on('data', chunk => chunks.push(chunk));
        response.once('error', fail);
        response.once('end', () => {
          const bytes = Buffer.concat(chunks);
          const text = bytes.toString();
          const isJson = response.headers['content-type']?.includes('application/json');
          done({ status: response.statusCode, headers: response.headers, bytes, text, json: isJson && text ? JSON.parse(text) : undefined });
        });
      });
    call.once('error', fail);
    call.setTimeout(30_000, () => call.destroy(new Error(`${method} ${path}: no answer within 30 s.`)));
    call.end(payload);
  });
}

/** Makes another hub in the same process: its name, host, key and connection string, and `call`, which is `request` to it. */
export async function createHub(settings) {
  const name = unique('hub');
  const made = await request('PUT', `/nave/hubs/${name}`, { body: { hostName: `${name}.localhost`, ...settings } });
  if (made.status !== 201) {
    throw new Error(`PUT /nave/hubs/${name} answered ${made.status}: ${made.text}`);
  }

  const connectionString = made.json.serviceConnectionString;
  const { HostName: host, SharedAccessKey: key, SharedAccessKeyName: policy } = parseConnectionString(connectionString);
  const call = (method, path, options = {}) => request(method, path, { host, authorization: token(host, key, { policy }), ...options });
  return { name, host, key, connectionString, call };
}

/** Makes a device (or, with a moduleId, a module of one that exists) and returns its identity with its connection string. */
export async function createIdentity(identity = {}, { host, call } = { host: hub.host, call: request }) {
  const deviceId = identity.deviceId ?? unique('d');
  const { moduleId } = identity;
  const path = `/devices/${encodeURIComponent(deviceId)}${moduleId ? `/modules/${encodeURIComponent(moduleId)}` : ''}`;
  const made = await call('PUT', path, { body: { ...identity, deviceId } });
  if (made.status !== 200 && made.status !== 201) {
    throw new Error(`PUT ${path} answered ${made.status}: ${made.text}`);
  }

  const { authentication } = made.json;
  const secret = authentication.type === 'sas' ? `SharedAccessKey=${authentication.symmetricKey.primaryKey}` : 'x509=true';
  return {
    ...made.json,
    path,
    key: authentication.symmetricKey?.primaryKey,
    resource: `${host}${path}`,
    connectionString: `HostName=${host};DeviceId=${deviceId}${moduleId ? `;ModuleId=${moduleId}` : ''};${secret}`,
  };
}

/** Makes a device and one module of it. */
export async function createModule(moduleId = 'mod') {
  const device = await createIdentity();
  return createIdentity({ deviceId: device.deviceId, moduleId });
}

/** Sends a cloud-to-device message over HTTPS. */
export async function sendToDevice(deviceId, body, headers = {}) {
  const sent = await request('POST', `/devices/${encodeURIComponent(deviceId)}/messages/devicebound`, { body, headers });
  if (sent.status !== 204) {
    throw new Error(`The message was answered with ${sent.status}: ${sent.text}`);
  }
}
