// Starts a hub on the ports that SDKs have built in, runs the tests against it, and checks or writes docs/compatibility.md.
//   node run.mjs                 all tests
//   node run.mjs twins queries   only the test files whose name contains one of the words (the document is left alone)
//   node run.mjs --update        all tests, then write the document
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { check, update } from './compatibility.mjs';
import { startAzurite } from './lib/azurite.mjs';
import { startPair } from './lib/pair.mjs';
import { ports, startHub, whyNot } from './lib/process.mjs';

const deadline = 10 * 60_000;
const here = fileURLToPath(new URL('.', import.meta.url));
const words = process.argv.slice(2).filter(argument => !argument.startsWith('--'));
const isUpdate = process.argv.includes('--update');

/** Prints the last lines of the run in the form that the script `test` reads. */
function summarise({ pass, fail, skipped }) {
  console.log(`\n# pass ${pass}\n# fail ${fail}\n# skipped ${skipped}`);
  process.exitCode = fail === 0 && pass > 0 ? 0 : 1;
}

/** Runs node's own test runner in a process whose trust and target are set before it starts. Resolves with its counts. */
async function runTests(files, env) {
  const child = spawn(
    process.execPath,
    ['--test', '--test-concurrency=3', '--test-reporter=spec', '--test-reporter-destination=stdout', ...files],
    { cwd: here, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  const counts = { pass: 0, fail: 0, skipped: 0 };
  const ended = new Promise(done => child.once('exit', done));
  const late = setTimeout(() => {
    console.error(`The tests are still running after ${deadline / 60_000} min: they are cut off.`);
    child.kill('SIGKILL');
  }, deadline);
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name, count] = line.match(/^ℹ (pass|fail|skipped|cancelled) (\d+)$/) ?? [];
    if (name) {
      counts[name === 'cancelled' ? 'fail' : name] += Number(count);
    } else {
      console.log(line);
    }
  }

  const code = await ended;
  clearTimeout(late);
  if (code !== 0 && counts.fail === 0) {
    counts.fail = 1; // It died before it could count.
  }

  return counts;
}

/** Tests of a fail-over have hubs of their own, and HAProxy has the ports: they run when the others are through. */
const isFailover = name => name.startsWith('failover');
const files = readdirSync(here)
  .filter(name => name.endsWith('.test.mjs') && (words.length === 0 || words.some(word => name.includes(word))))
  .sort();
for (const [name, port] of Object.entries(ports)) {
  const reason = await whyNot(port);
  if (reason) {
    console.error(
      `Port ${port} (${name}) may not be bound: ${reason}. The SDKs have it built in, so these tests need it: `
      + (reason === 'EACCES' ? `run them as root, or allow it with 'sysctl net.ipv4.ip_unprivileged_port_start=${ports.https}'.` : 'stop what listens there.'));
    summarise({ pass: 0, fail: 1, skipped: 0 });
    process.exit();
  }
}

const add = more => Object.entries(more).forEach(([name, count]) => { counts[name] += count; });
const counts = { pass: 0, fail: 0, skipped: 0 };
const results = mkdtempSync(join(tmpdir(), 'nave-results-'));
const resultsFile = join(results, 'results.jsonl');
const resolve = `--import=${new URL('./lib/resolve.mjs', import.meta.url)}`;

/** Runs everything that one hub is enough for. */
async function runAgainstHub(some) {
  const azurite = await startAzurite();
  const hub = await startHub({ env: { SSL_CERT_FILE: azurite.certificate } });
  const authorities = join(results, 'authorities.pem');
  writeFileSync(authorities, [hub.status.caFile, azurite.certificate].map(file => readFileSync(file, 'utf8')).join('\n'));
  try {
    add(await runTests(some, {
      NODE_EXTRA_CA_CERTS: authorities,
      NODE_OPTIONS: resolve,
      NAVE_CONNECTION_STRING: hub.status.serviceConnectionString,
      NAVE_EVENT_HUB_CONNECTION_STRING: hub.status.eventHubConnectionString,
      NAVE_PROVISIONING: JSON.stringify(hub.status.provisioning),
      NAVE_RESULTS: resultsFile,
      NAVE_STORAGE: azurite.connectionString,
    }));
  } finally {
    const code = await hub.stop();
    await azurite.stop();
    if (code !== 0) {
      console.error(`The hub ended with ${code}; after SIGTERM it must end with 0.`);
      counts.fail++;
    }
  }
}

/** Runs what needs a hub, its mirror and a proxy before both. */
async function runAgainstPair(some) {
  const pair = await startPair();
  try {
    add(await runTests(some, {
      NODE_EXTRA_CA_CERTS: pair.authorities,
      NODE_OPTIONS: resolve,
      NAVE_CONNECTION_STRING: pair.hubs[0].status.serviceConnectionString,
      NAVE_PAIR: JSON.stringify(pair.hubs.map(({ data, status }) => ({ data, ...status }))),
      NAVE_MIRROR: pair.store,
      NAVE_RESULTS: resultsFile,
    }));
  } finally {
    const code = await pair.stop();
    if (code !== 0) {
      console.error(`A hub of the pair ended with ${code}; after SIGTERM it must end with 0.`);
      counts.fail++;
    }
  }
}

const single = files.filter(name => !isFailover(name));
if (single.length > 0) {
  await runAgainstHub(single);
}

if (files.some(isFailover)) {
  await runAgainstPair(files.filter(isFailover));
}

if (isUpdate) {
  update(resultsFile);
} else if (words.length === 0) {
  const difference = check(resultsFile);
  console.log(difference ? `✖ ${difference}` : '✔ docs/compatibility.md is what this run gives');
  counts[difference ? 'fail' : 'pass']++;
}

rmSync(results, { recursive: true });
summarise(counts);
