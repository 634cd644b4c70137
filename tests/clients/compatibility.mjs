// Makes docs/compatibility.md from the results of a run; run.mjs calls it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { clients, features, notYet } from './features.mjs';

const document = fileURLToPath(new URL('../../docs/compatibility.md', import.meta.url));

/** Reads the lines that proof.mjs wrote; the last line of a test counts. */
function readResults(file) {
  const results = new Map();
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(line => line) : [];
  for (const result of lines.map(line => JSON.parse(line))) {
    results.set(`${result.feature}|${result.client}|${result.file}|${result.name}`, result);
  }

  return [...results.values()];
}

function cell(feature, client, results) {
  if (!feature.clients.includes(client)) {
    return ' ';
  }

  const own = results.filter(result => result.feature === feature.name && result.client === client);
  return own.length === 0 ? 'no test' : own.every(result => result.passed) ? '✔' : '✖';
}

function proofsOf(feature, results) {
  const own = results.filter(result => result.feature === feature.name);
  const proofs = [...new Set(own.map(result => `${result.file}: ${result.name}`))].sort();
  return proofs.map(proof => proof.replaceAll('|', '\\|')).join('<br>');
}

/** Makes the document from results. */
export function render(results) {
  const names = Object.keys(clients);
  const lines = [
    '# Compatibility',
    '',
    'What unmodified clients of Azure IoT Hub can do with Nave. This page is written by `npm run compatibility` in `tests/clients` from the',
    'results of the tests there, and `./test clients` fails when it is not what a run gives: do not edit it.',
    '',
    '✔ proved by the tests named in the row · ✖ a test fails · "no test" the client has the operation and nothing proves it yet ·',
    'empty: the client has no such operation.',
    '',
    '| column | client |',
    '|---|---|',
    ...names.map(name => `| ${clients[name].title} | ${clients[name].about} |`),
  ];
  for (const area of new Set(features.map(feature => feature.area))) {
    const rows = features.filter(feature => feature.area === area);
    const columns = names.filter(name => rows.some(feature => feature.clients.includes(name)));
    lines.push(
      '', `## ${area}`, '',
      `| feature | ${columns.map(name => clients[name].title).join(' | ')} | tests |`,
      `|---|${columns.map(() => ':-:|').join('')}---|`,
      ...rows.map(feature =>
        `| ${feature.title} | ${columns.map(name => cell(feature, name, results)).join(' | ')} | ${proofsOf(feature, results)} |`));
  }

  lines.push('', '## Not yet', '', ...notYet.map(text => `- ${text}`), '');
  return lines.join('\n');
}

/** Writes the document. */
export function update(resultsFile) {
  writeFileSync(document, render(readResults(resultsFile)));
}

/** Tells how the committed document differs from what a run gave; undefined if it does not. */
export function check(resultsFile) {
  const wanted = render(readResults(resultsFile)).split('\n');
  const found = existsSync(document) ? readFileSync(document, 'utf8').split('\n') : [];
  const at = wanted.findIndex((line, i) => line !== found[i]);
  return at < 0 && wanted.length === found.length ? undefined
    : `docs/compatibility.md is not what this run gives, from line ${at + 1} on:\n  written: ${found[at] ?? '(nothing)'}\n  this run: ${wanted[at] ?? '(nothing)'}\nRun 'npm run compatibility' in tests/clients and commit it.`;
}
