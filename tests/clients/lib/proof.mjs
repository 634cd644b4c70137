// A test that proves rows of the compatibility table.
import { appendFileSync } from 'node:fs';
import { basename } from 'node:path';
import test from 'node:test';
import { clients, features } from '../features.mjs';

const caller = () => basename(new Error().stack.split('\n')[3].match(/([^/]+\.mjs)/)[1]);

/**
 * Runs a test once for each client, and notes what it proved.
 * @param {string} feature A feature of features.mjs: 'Area: feature'.
 * @param {string[]} by The clients it is run with: keys of `clients` in features.mjs.
 * @param {string} name What is tested, as a sentence.
 * @param {(t, client: string) => Promise<void>} body The test.
 */
export function proves(feature, by, name, body, { timeout = 60_000 } = {}) {
  const known = features.find(f => f.name === feature);
  const file = caller();
  for (const client of by) {
    if (!known || !clients[client] || !known.clients.includes(client)) {
      throw new Error(`features.mjs has no '${feature}' for the client '${client}'.`);
    }

    test(`${name} (${client})`, { timeout }, async t => {
      const note = passed => appendFileSync(process.env.NAVE_RESULTS, `${JSON.stringify({ feature, client, name, file, passed })}\n`);
      note(false); // A test that is cut off has failed.
      await body(t, client);
      note(true);
    });
  }
}
