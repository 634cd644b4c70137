// What docs/compatibility.md lists: the features of Azure IoT Hub, and which clients can reach each of them.

import { createRequire } from 'node:module';

const { dependencies } = createRequire(import.meta.url)('./package.json');
const version = name => dependencies[name];

/** The clients, in the order of the table's columns. */
export const clients = {
  mqtt: { title: 'device MQTT', about: `azure-iot-device ${version('azure-iot-device')} with azure-iot-device-mqtt ${version('azure-iot-device-mqtt')}, MQTT over TLS` },
  'mqtt-ws': { title: 'device MQTT-WS', about: 'the same, MQTT over WebSockets' },
  http: { title: 'device HTTPS', about: `azure-iot-device with azure-iot-device-http ${version('azure-iot-device-http')}` },
  service: { title: 'service HTTPS', about: `azure-iothub ${version('azure-iothub')}: its registry, twin, query and method calls` },
  mqtt311: { title: 'MQTT 3.1.1', about: `mqtt ${version('mqtt')}, no SDK, protocol level 4` },
  mqtt5: { title: 'MQTT 5', about: 'the same, protocol level 5' },
  rest: { title: 'plain HTTPS', about: 'requests by hand' },
};

const device = ['mqtt', 'mqtt-ws', 'http'];
const mqtt = ['mqtt', 'mqtt-ws'];
const raw = ['mqtt311', 'mqtt5'];
const service = ['service'];
const rest = ['rest'];

const areas = {
  Connect: [
    ['device key', [...device, ...raw]],
    ['module key', mqtt],
    ['key of a shared access policy', device],
    ['token as a string', device],
    ['ids with every character that Azure permits', device],
    ['X.509, self-signed by thumbprint', device],
    ['X.509, signed by a CA of the hub', [...device, ...rest]],
    ['wrong key refused', device],
    ['expired token refused', device],
    ['unknown device refused', device],
    ['disabled device refused', device],
    ['token of another device refused', device],
    ['server certificate of an unknown CA refused by the client', mqtt],
    ['a newer connection takes over', [...mqtt, ...raw]],
    ['token renewed while connected', mqtt],
    ['connection dropped when its token expires', [...mqtt, ...raw]],
    ['connection dropped when the device is disabled', mqtt],
    ['connection dropped when the device is deleted', mqtt],
    ['connection dropped when its key is replaced', mqtt],
    ['connection state is told', mqtt],
    ['the SDK reconnects by itself after the hub dropped it', mqtt],
  ],
  Telemetry: [
    ['body of any bytes, empty ones too', device],
    ['message id, correlation id, content type and encoding', device],
    ['application properties with any characters', mqtt],
    ['application properties', ['http']],
    ['many messages at once, in order', mqtt],
    ['batch (the SDK has none over MQTT)', ['http']],
    ['largest message, 256 KiB', device],
    ['module, with an output', mqtt],
    ['model of a Plug and Play device', mqtt],
    ['QoS 0 and 1, duplicates marked', raw],
    ['who sent it: device, module, auth method, generation', device],
  ],
  'Cloud to device': [
    ['receive, with properties', device],
    ['complete', device],
    ['reject', ['http']],
    ['abandon, and receive again', ['http']],
    ['unacknowledged is delivered again after a reconnect', raw],
    ['queued while offline, delivered on connect', [...mqtt, 'mqtt311']],
    ['the subscription outlives the connection (CleanSession=0)', ['mqtt311']],
    ['QoS 0 subscription', raw],
    ['send over HTTPS', rest],
    ['at most 50 wait, 64 KiB each', rest],
    ['purge', rest],
    ['locks, delivery counts and expiry', rest],
  ],
  'Device twin': [
    ['get', [...mqtt, ...raw]],
    ['reported patch', [...mqtt, ...raw]],
    ['reported patch on a condition of its version', raw],
    ['null deletes a reported property', mqtt],
    ['desired patch delivered', [...mqtt, ...raw]],
    ['full replace delivered', mqtt],
    ['module twin', mqtt],
    ['patch that breaks a rule is refused', [...mqtt, ...raw]],
  ],
  'Direct methods': [
    ['call and answer', [...mqtt, ...raw]],
    ['payload of any JSON: null, text, object', mqtt],
    ['the device answers with an error status', mqtt],
    ['module method', mqtt],
    ['an answer that is no JSON', raw],
    ['no answer in time', mqtt],
    ['device not connected', service],
    ['waits for a device to connect', mqtt],
    ['unknown device', service],
  ],
  'MQTT rules': [
    ['will message becomes telemetry', raw],
    ['will to another topic refused', raw],
    ['retain flag becomes a property', raw],
    ['QoS 2 publish closes the connection', raw],
    ['QoS 2 subscription granted as 1', raw],
    ['publish to an unknown topic closes the connection', raw],
    ['subscription to other topics refused', raw],
    ['packet over the limit closes the connection', raw],
    ['malformed packets close the connection', raw],
    ['client id that is not the user name\'s refused', raw],
    ['keep-alive and ping', raw],
    ['user properties and content type of MQTT 5', ['mqtt5']],
    ['reason codes', ['mqtt5']],
  ],
  Registry: [
    ['create, get, update, delete a device', service],
    ['list devices', service],
    ['keys chosen by the caller or made by the hub', service],
    ['ETag and If-Match', [...service, ...rest]],
    ['device that exists already', service],
    ['device that does not exist', service],
    ['bulk add, update, remove', service],
    ['statistics', service],
    ['edge devices: scope, system modules', service],
    ['create, get, list, update, delete modules', service],
    ['invalid ids and documents refused', [...service, ...rest]],
  ],
  'Twins, service side': [
    ['get and patch', service],
    ['replace', rest],
    ['module twins', service],
    ['etag that does not match', service],
    ['tags, desired and their metadata', service],
    ['documents that break a rule refused', service],
  ],
  Queries: [
    ['SELECT * over many pages', service],
    ['projections', service],
    ['COUNT, AVG, SUM, MIN, MAX with GROUP BY', service],
    ['WHERE on tags, desired and reported, nested', service],
    ['IN, NIN, IS_DEFINED and functions', service],
    ['FROM devices.modules', service],
    ['FROM devices.jobs', service],
    ['errors name the position', [...service, ...rest]],
    ['a query sees what was just written', service],
  ],
  'HTTPS rules': [
    ['api-version required', rest],
    ['token missing, malformed, expired or out of scope refused', rest],
    ['rights of the policies', rest],
    ['error bodies and codes', rest],
    ['throttling by tier: 429', rest],
    ['several hubs by host name', rest],
  ],
  'Event stream': [
    ['telemetry read back as lines of JSON', rest],
    ['twin change events', rest],
    ['device lifecycle events', rest],
    ['connection state events', rest],
  ],
};

/** Every feature: { area, title, name: 'area: title', clients }. */
export const features = Object.entries(areas).flatMap(([area, list]) =>
  list.map(([title, by]) => ({ area, title, name: `${area}: ${title}`, clients: by })));

/** What Azure IoT Hub has and Nave has not yet. */
export const notYet = [
  'AMQP and AMQP over WebSockets, for devices and services (so: C2D send, feedback and file notifications with the service SDK\'s `Client`)',
  'Event Hubs-compatible endpoint (AMQP); meanwhile `GET /nave/events`',
  'Feedback of cloud-to-device messages to the service',
  'Device Provisioning Service',
  'Jobs: scheduled twin updates and methods, import and export',
  'Automatic configurations and IoT Edge deployments',
  'File upload and its notifications',
  'Message routing, custom endpoints and enrichments',
  'Digital twins (Plug and Play) service API',
  'Edge: module inputs from routes, nested edge, on-behalf-of calls',
  'Microsoft Entra ID (bearer tokens)',
];
