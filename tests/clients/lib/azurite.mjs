// Azurite, the emulator of Azure's storage, over TLS: clients of storage accounts insist on https.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import forge from 'node-forge';

const main = fileURLToPath(new URL('../node_modules/azurite/dist/src/blob/main.js', import.meta.url));

// It ends when whoever holds the other end of its standard input does.
const script = "process.stdin.resume().on('end', () => process.exit(0)); require(process.argv[1])";

// Documented by Azurite for everybody.
const account = 'devstoreaccount1';
const accountKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

function makeCertificate() {
  const keys = forge.pki.rsa.generateKeyPair(2048);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = keys.publicKey;
  certificate.serialNumber = '01';
  certificate.validity.notBefore = new Date(Date.now() - 24 * 3600_000);
  certificate.validity.notAfter = new Date(Date.now() + 24 * 3600_000);
  const name = [{ name: 'commonName', value: 'Azurite in tests' }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true },
    { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }, { type: 2, value: 'localhost' }] },
  ]);
  certificate.sign(keys.privateKey, forge.md.sha256.create());
  return { cert: forge.pki.certificateToPem(certificate), key: forge.pki.privateKeyToPem(keys.privateKey) };
}

// --loose: the SDK's storage client sends headers of encryption that Azurite does not know; --skipApiVersionCheck: and it is newer.
/** Starts it on a free port. Resolves with its connection string, the file of its certificate, and a way to stop it. */
export async function startAzurite() {
  const folder = mkdtempSync(join(tmpdir(), 'nave-azurite-'));
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const { cert, key } = makeCertificate();
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key);
  const child = spawn(
    process.execPath,
    ['-e', script, '--', main, '--blobHost', '127.0.0.1', '--blobPort', '0', '--inMemoryPersistence', '--disableTelemetry', '--silent', '--skipApiVersionCheck', '--loose', '--cert', files.cert, '--key', files.key],
    { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise(done => child.once('exit', done));
  const address = await Promise.race([
    new Promise(done => createInterface({ input: child.stdout }).on('line', line => {
      const [, uri] = line.match(/listens on (\S+)/) ?? [];
      if (uri) {
        done(uri);
      }
    })),
    ended.then(code => { throw new Error(`Azurite ended with ${code} before it was ready.`); }),
  ]);
  return {
    connectionString: `DefaultEndpointsProtocol=https;AccountName=${account};AccountKey=${accountKey};BlobEndpoint=${address}/${account};`,
    certificate: files.cert,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
