// Shared access signatures made by hand, for what no SDK would send.
import { createHmac } from 'node:crypto';

/** Makes a token: resource as it is to be signed, key in base64, seconds from now until it ends (may be negative). */
export function token(resource, key, { policy, seconds = 3600 } = {}) {
  const sr = encodeURIComponent(resource);
  const se = Math.floor(Date.now() / 1000) + seconds;
  const sig = encodeURIComponent(createHmac('sha256', Buffer.from(key, 'base64')).update(`${sr}\n${se}`).digest('base64'));
  return `SharedAccessSignature sr=${sr}&sig=${sig}&se=${se}${policy ? `&skn=${policy}` : ''}`;
}

/** Takes a connection string apart: { HostName, SharedAccessKeyName, SharedAccessKey, … }. */
export function parseConnectionString(text) {
  return Object.fromEntries(text.split(';').map(part => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]));
}
