// Certificates made for a test: self-signed ones, and those of an authority.
import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { createRequire } from 'node:module';

const forge = createRequire(import.meta.url)('node-forge');
const day = 24 * 3600 * 1000;

/** Makes a certificate: { cert, key } as PEM. Self-signed without an issuer. */
export function makeCertificate(commonName, { issuer, isAuthority = false, notAfter = new Date(Date.now() + day) } = {}) {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(pair.publicKey);
  certificate.serialNumber = `01${createHash('sha256').update(pair.publicKey).digest('hex').slice(0, 30)}`;
  certificate.validity.notBefore = new Date(notAfter.getTime() - 2 * day);
  certificate.validity.notAfter = notAfter;
  const subject = [{ name: 'commonName', value: commonName }];
  certificate.setSubject(subject);
  certificate.setIssuer(issuer ? forge.pki.certificateFromPem(issuer.cert).subject.attributes : subject);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: isAuthority, critical: true },
    isAuthority
      ? { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true }
      : { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    ...(isAuthority ? [] : [{ name: 'extKeyUsage', clientAuth: true }]),
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(issuer ? issuer.key : pair.privateKey), forge.md.sha256.create());
  return { cert: forge.pki.certificateToPem(certificate), key: pair.privateKey };
}

const hex = text => text.replaceAll(':', '');

/** The thumbprints of a certificate, hex: { sha1, sha256 }. */
export function thumbprints({ cert }) {
  const { fingerprint, fingerprint256 } = new X509Certificate(cert);
  return { sha1: hex(fingerprint), sha256: hex(fingerprint256) };
}
