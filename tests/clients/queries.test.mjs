// The query language through the service SDK. Each test asks only for devices that carry its own tag.
import assert from 'node:assert/strict';
import { connect } from './lib/device.mjs';
import { createIdentity, createModule, request, unique } from './lib/hub.mjs';
import { proves } from './lib/proof.mjs';
import { registry, rowsOf } from './lib/service.mjs';

/** Makes devices whose tags carry a new name; resolves with the name. Each entry: { tags, desired }. */
async function fleet(entries) {
  const run = unique('run');
  const devices = entries.map(({ tags = {}, desired = {} }, i) => ({
    deviceId: `${run}-${String(i).padStart(3, '0')}`, tags: { run, ...tags }, properties: { desired },
  }));
  for (let i = 0; i < devices.length; i += 100) {
    const body = devices.slice(i, i + 100).map(({ deviceId, ...twin }) => ({ id: deviceId, importMode: 'create', ...twin }));
    const made = await request('POST', '/devices', { body });
    assert.equal(made.status, 200, made.text);
  }

  return { run, ids: devices.map(device => device.deviceId) };
}

const idsOf = rows => rows.map(row => row.deviceId).sort();

proves('Queries: SELECT * over many pages', ['service'], 'Twelve pages together give each twin once', async () => {
  const { run, ids } = await fleet(Array.from({ length: 120 }, () => ({})));
  const { rows, pages } = await rowsOf(`SELECT * FROM devices WHERE tags.run = '${run}'`, 10);
  assert.deepEqual(idsOf(rows), ids);
  assert.ok(pages.slice(0, 12).every(size => size === 10), `pages of ${pages}`);
  const { etag, version, status, tags, properties } = rows[0];
  assert.equal(etag, 'AAAAAAAAAAE=');
  assert.equal(version, 2);
  assert.equal(status, 'enabled');
  assert.deepEqual(tags, { run });
  assert.ok(properties.desired.$metadata);

  const all = await rowsOf(`SELECT * FROM devices WHERE tags.run = '${run}'`); // A page of its own choosing.
  assert.deepEqual(idsOf(all.rows), ids);
});

proves('Queries: SELECT * over many pages', ['service'], 'nextAsTwin gives twins that can be updated', async () => {
  const { run } = await fleet([{}]);
  const { result: [twin] } = await registry.createQuery(`select * from devices where tags.run = '${run}'`).nextAsTwin();
  await twin.update({ tags: { seen: true } });
  const { rows } = await rowsOf(`SELECT * FROM devices WHERE tags.run = '${run}' AND tags.seen = true`);
  assert.equal(rows.length, 1);
});

proves('Queries: projections', ['service'], 'Only what was asked for comes back, under its name or alias', async () => {
  const { run, ids } = await fleet([{ tags: { site: { plant: 'a' } }, desired: { rate: 5 } }]);
  const { rows } = await rowsOf(
    `SELECT deviceId, tags.site.plant AS plant, properties.desired.rate, tags.missing FROM devices WHERE tags.run = '${run}'`);
  assert.deepEqual(rows, [{ deviceId: ids[0], plant: 'a', rate: 5 }]);
});

proves('Queries: COUNT, AVG, SUM, MIN, MAX with GROUP BY', ['service'], 'Groups are counted and averaged', async () => {
  const { run } = await fleet([
    { tags: { plant: 'a', n: 1 } }, { tags: { plant: 'a', n: 3 } }, { tags: { plant: 'b', n: 10 } },
  ]);
  const { rows } = await rowsOf(
    `SELECT tags.plant AS plant, COUNT() AS many, AVG(tags.n) AS mean, SUM(tags.n) AS total, MIN(tags.n) AS low, MAX(tags.n) AS high
     FROM devices WHERE tags.run = '${run}' GROUP BY tags.plant`);
  assert.deepEqual(rows.sort((x, y) => x.plant < y.plant ? -1 : 1), [
    { plant: 'a', many: 2, mean: 2, total: 4, low: 1, high: 3 },
    { plant: 'b', many: 1, mean: 10, total: 10, low: 10, high: 10 },
  ]);
  const whole = await rowsOf(`SELECT COUNT() AS many FROM devices WHERE tags.run = '${run}'`);
  assert.deepEqual(whole.rows, [{ many: 3 }]);
});

proves('Queries: WHERE on tags, desired and reported, nested', ['service'], 'Conditions reach into tags, desired and reported properties', async t => {
  const { run, ids } = await fleet([
    { tags: { site: { floor: 1 } }, desired: { mode: { fast: true } } },
    { tags: { site: { floor: 2 } }, desired: { mode: { fast: false } } },
    { tags: { site: { floor: '2' } } },
  ]);
  const identity = await request('GET', `/devices/${ids[1]}`);
  const client = await connect(t, 'mqtt', { connectionString: `HostName=localhost;DeviceId=${ids[1]};SharedAccessKey=${identity.json.authentication.symmetricKey.primaryKey}` });
  const twin = await client.getTwin();
  await new Promise((done, fail) => twin.properties.reported.update({ battery: { level: 17.5 } }, error => error ? fail(error) : done()));

  const find = async where => idsOf((await rowsOf(`SELECT * FROM devices WHERE tags.run = '${run}' AND (${where})`)).rows);
  assert.deepEqual(await find('tags.site.floor = 2'), [ids[1]]);
  assert.deepEqual(await find("tags.site.floor = '2'"), [ids[2]]);
  assert.deepEqual(await find('tags.site.floor >= 1'), [ids[0], ids[1]]);
  assert.deepEqual(await find('properties.desired.mode.fast = true'), [ids[0]]);
  assert.deepEqual(await find('properties.reported.battery.level < 20 AND properties.reported.battery.level > 17'), [ids[1]]);
  assert.deepEqual(await find('NOT properties.desired.mode.fast = true'), [ids[1]]);
  assert.deepEqual(await find("tags.site.floor = 1 OR tags.site.floor = '2'"), [ids[0], ids[2]]);
  assert.deepEqual(await find("connectionState = 'Connected'"), [ids[1]]);
  assert.deepEqual(await find(`deviceId = '${ids[2]}'`), [ids[2]]);
  assert.deepEqual(await find("status = 'disabled'"), []);
});

proves('Queries: IN, NIN, IS_DEFINED and functions', ['service'], 'Lists, IS_DEFINED and text functions', async () => {
  const { run, ids } = await fleet([{ tags: { colour: 'red' } }, { tags: { colour: 'green' } }, { tags: { other: "it's" } }]);
  const find = async where => idsOf((await rowsOf(`SELECT * FROM devices WHERE tags.run = '${run}' AND ${where}`)).rows);
  assert.deepEqual(await find("tags.colour IN ['red', 'blue']"), [ids[0]]);
  assert.deepEqual(await find("tags.colour NIN ['red', 'blue']"), [ids[1]]);
  assert.deepEqual(await find(`deviceId IN ['${ids[0]}', '${ids[2]}']`), [ids[0], ids[2]]);
  assert.deepEqual(await find('IS_DEFINED(tags.colour)'), [ids[0], ids[1]]);
  assert.deepEqual(await find('NOT IS_DEFINED(tags.colour)'), [ids[2]]);
  assert.deepEqual(await find("STARTS_WITH(tags.colour, 'gr')"), [ids[1]]);
  assert.deepEqual(await find("tags.other = 'it\\'s'"), [ids[2]]);
});

proves('Queries: FROM devices.modules', ['service'], 'Modules are rows of their own', async () => {
  const { deviceId } = await createModule('m1');
  await registry.addModule({ deviceId, moduleId: 'm2' });
  await registry.updateModuleTwin(deviceId, 'm2', { tags: { a: 1 } }, '*');
  const { rows } = await rowsOf(`SELECT * FROM devices.modules WHERE deviceId = '${deviceId}'`);
  assert.deepEqual(rows.map(row => row.moduleId).sort(), ['m1', 'm2']);
  const tagged = await rowsOf(`SELECT deviceId, moduleId FROM devices.modules WHERE deviceId = '${deviceId}' AND tags.a = 1`);
  assert.deepEqual(tagged.rows, [{ deviceId, moduleId: 'm2' }]);
});

proves('Queries: FROM devices.jobs', ['service'], 'Of a job that there is not there are no rows', async () => {
  const { rows } = await rowsOf("SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'none' AND devices.jobs.status = 'completed'");
  assert.deepEqual(rows, []);
});

proves('Queries: errors name the position', ['service'], 'A wrong query is an argument error that says where', async () => {
  const wrong = { 'SELECT * FROM devices WHERE tags.a = = 1': /position|column/i, 'SELEKT *': /SELEKT/, 'SELECT * FROM nowhere': /nowhere/ };
  for (const [sql, pattern] of Object.entries(wrong)) {
    await assert.rejects(rowsOf(sql), error => {
      assert.equal(error.name, 'ArgumentError', sql);
      assert.match(error.message, pattern);
      return true;
    });
  }
});

proves('Queries: errors name the position', ['rest'], 'Bodies, page sizes and continuations that are wrong are refused', async () => {
  const query = (body, headers) => request('POST', '/devices/query', { body, headers });
  assert.equal((await query({})).status, 400);
  assert.equal((await query('SELECT')).status, 400);
  assert.equal((await query({ query: `SELECT * FROM devices WHERE tags.a = '${'x'.repeat(9000)}'` })).status, 400);
  for (const size of ['0', '1001', 'many']) {
    assert.equal((await query({ query: 'SELECT * FROM devices' }, { 'x-ms-max-item-count': size })).status, 400, size);
  }

  assert.equal((await query({ query: 'SELECT * FROM devices' }, { 'x-ms-continuation': 'bm90aGluZw==' })).status, 400);
  const wrong = await query({ query: 'SELECT *\nFROM devices\nWHERE tags.a ==' });
  assert.match(wrong.json.Message, /^ErrorCode:\w+;.*(line 3|position|column)/i);
  const types = await query({ query: 'SELECT deviceId FROM devices' }, { 'x-ms-max-item-count': '1' });
  assert.equal(types.headers['x-ms-item-type'], 'Raw');
});

proves('Queries: a query sees what was just written', ['service'], 'Each write is found at once, and gone at once', async () => {
  const { deviceId } = await createIdentity();
  const run = unique('run');
  const count = async where => (await rowsOf(`SELECT COUNT() AS n FROM devices WHERE ${where}`)).rows[0]?.n ?? 0;
  for (let i = 0; i < 20; i++) {
    await registry.updateTwin(deviceId, { tags: { run, i } }, '*');
    assert.equal(await count(`tags.run = '${run}' AND tags.i = ${i}`), 1);
    assert.equal(await count(`tags.run = '${run}' AND tags.i < ${i}`), 0);
  }

  await registry.delete(deviceId);
  assert.equal(await count(`tags.run = '${run}'`), 0);
});
