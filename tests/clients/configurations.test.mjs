// Configurations and edge deployments through the service SDK.
import assert from 'node:assert/strict';
import { connect } from './lib/device.mjs';
import { createIdentity, request, unique } from './lib/hub.mjs';
import { proves } from './lib/proof.mjs';
import { bodyOf, registry, rowsOf } from './lib/service.mjs';
import { collect, until } from './lib/wait.mjs';

/** Makes a configuration and removes it after the test. */
async function add(t, configuration) {
  const made = await bodyOf(registry.addConfiguration(configuration));
  t.after(() => registry.removeConfiguration(configuration.id).catch(() => { /* The test did. */ }));
  return made;
}

const deviceConfiguration = (id, site, value, priority = 0) => ({
  id,
  schemaVersion: '1.0',
  labels: { made: 'by a test' },
  content: { deviceContent: { 'properties.desired.interval': value } },
  targetCondition: `tags.site = '${site}'`,
  priority,
  metrics: { queries: { all: 'SELECT deviceId FROM devices' } },
});

const edgeContent = module => ({
  modulesContent: {
    $edgeAgent: {
      'properties.desired': {
        schemaVersion: '1.1',
        runtime: { type: 'docker', settings: {} },
        systemModules: {},
        modules: { [module]: { type: 'docker', status: 'running', restartPolicy: 'always', settings: { image: 'i', createOptions: '{}' } } },
      },
    },
    $edgeHub: { 'properties.desired': { schemaVersion: '1.1', routes: {}, storeAndForwardConfiguration: { timeToLiveSecs: 60 } } },
    [module]: { 'properties.desired': { interval: 5 } },
  },
});

async function edgeDevice(site) {
  const deviceId = unique('edge');
  await registry.create({ deviceId, capabilities: { iotEdge: true } });
  await registry.updateTwin(deviceId, { tags: { site } }, '*');
  return deviceId;
}

const modulesOf = async deviceId => (await bodyOf(registry.getModulesOnDevice(deviceId))).map(module => module.moduleId).sort();

const desiredOf = async deviceId => (await bodyOf(registry.getTwin(deviceId))).properties.desired;

proves('Configurations: create, get, list, update, delete', ['service'], 'A configuration lives as the SDK has it', async t => {
  const id = unique('configuration');
  const made = await add(t, deviceConfiguration(id, 'nowhere', 1));
  assert.equal(made.etag, 'MQ==');
  assert.ok(Date.parse(made.createdTimeUtc) > 0);
  assert.deepEqual(made.systemMetrics.results, { targetedCount: 0, appliedCount: 0 });
  assert.equal((await bodyOf(registry.getConfiguration(id))).content.deviceContent['properties.desired.interval'], 1);
  assert.ok((await bodyOf(registry.getConfigurations())).some(one => one.id === id));

  const updated = await bodyOf(registry.updateConfiguration({ ...made, priority: 9 }));
  assert.deepEqual([updated.priority, updated.etag], [9, 'Mg==']);
  await assert.rejects(registry.updateConfiguration({ ...made, priority: 10 }), { name: 'InvalidEtagError' });
  await assert.rejects(registry.addConfiguration(deviceConfiguration(id, 'nowhere', 1)));
  await registry.updateConfiguration({ ...made, priority: 10 }, true);
  await registry.removeConfiguration(id);
  await assert.rejects(registry.getConfiguration(id));
});

proves('Configurations: settings follow the condition, on a connected device too', ['service'], 'A device gets settings as it matches and loses them after', async t => {
  const site = unique('site');
  const identity = await createIdentity();
  const client = await connect(t, 'mqtt', identity);
  const changes = collect(await client.getTwin(), 'properties.desired.interval');
  await add(t, deviceConfiguration(unique('weak'), site, 1));
  const strong = unique('strong');
  await add(t, deviceConfiguration(strong, site, 60, 5));
  await registry.updateTwin(identity.deviceId, { tags: { site } }, '*');
  assert.deepEqual(await changes.take(1), [60]);
  assert.equal((await desiredOf(identity.deviceId)).$metadata.interval.$lastUpdatedBy, strong);
  const { rows } = await rowsOf(`SELECT * FROM devices WHERE configurations.[[${strong}]].status = 'Applied'`);
  assert.deepEqual(rows.map(row => row.deviceId), [identity.deviceId]);

  await registry.removeConfiguration(strong);
  assert.deepEqual(await changes.take(2), [60, 1]);
  await registry.updateTwin(identity.deviceId, { tags: { site: null } }, '*');
  await until(() => desiredOf(identity.deviceId), desired => desired.interval === undefined, 'the setting is removed');
});

proves('Configurations: edge deployment: modules come and go', ['service'], 'A device runs the strongest deployment', async t => {
  const site = unique('site');
  const deviceId = await edgeDevice(site);
  const targetCondition = `tags.site = '${site}'`;
  await add(t, { id: unique('first'), content: edgeContent('sensor'), targetCondition, priority: 1 });
  await until(() => modulesOf(deviceId), names => names.includes('sensor'), 'the module of the deployment');
  const second = unique('second');
  await add(t, { id: second, content: edgeContent('camera'), targetCondition, priority: 2 });
  await until(() => modulesOf(deviceId), names => names.join() === '$edgeAgent,$edgeHub,camera', 'the modules of the stronger one');
  const shown = await until(
    () => bodyOf(registry.getConfiguration(second)), one => one.systemMetrics.results.appliedCount === 1, 'the count of devices');
  assert.deepEqual(shown.systemMetrics.results, { targetedCount: 1, appliedCount: 1, reportedSuccessfulCount: 0, reportedFailedCount: 0 });
});

proves('Configurations: content applied to one device', ['service'], 'The modules are those of the content', async () => {
  const deviceId = await edgeDevice('none');
  await registry.applyConfigurationContentOnDevice(deviceId, edgeContent('sensor'));
  assert.deepEqual(await modulesOf(deviceId), ['$edgeAgent', '$edgeHub', 'sensor']);
  const { responseBody: twin } = await registry.getModuleTwin(deviceId, 'sensor');
  assert.equal(twin.properties.desired.interval, 5);
  const plain = await createIdentity();
  await assert.rejects(registry.applyConfigurationContentOnDevice(plain.deviceId, edgeContent('sensor')));
});

proves('Configurations: metrics and test of queries', ['service', 'rest'], 'Queries are tried and counted', async (t, client) => {
  const device = await createIdentity();
  if (client === 'rest') {
    const tested = await request('POST', '/configurations/testQueries', {
      body: { targetCondition: 'tags.a =', customMetricQueries: { good: 'SELECT deviceId FROM devices', bad: 'SELECT' } },
    });
    assert.equal(tested.status, 200);
    assert.notEqual(tested.json.targetConditionError, '');
    assert.deepEqual(Object.keys(tested.json.customMetricQueryErrors), ['bad']);
    return;
  }

  const id = unique('counted');
  await add(t, { ...deviceConfiguration(id, 'nowhere', 1), metrics: { queries: { mine: `SELECT deviceId FROM devices WHERE deviceId = '${device.deviceId}'` } } });
  assert.equal((await bodyOf(registry.getConfiguration(id))).metrics.results.mine, 1);
});
