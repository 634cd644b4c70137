// Reads back what the hub stored: GET /nave/events, one event as JSON a line.
import https from 'node:https';
import { createInterface } from 'node:readline';
import { hub, request } from './hub.mjs';

const deadline = 15_000;
const isTelemetry = event => event.systemProperties['iothub-message-source'] === 'Telemetry';

/** All stored telemetry of a device at this moment: what was acknowledged must be there. */
export async function stored(deviceId, isWanted = isTelemetry) {
  const answer = await request('GET', `/nave/events?from=earliest&untilEnd=true&deviceId=${encodeURIComponent(deviceId)}`);
  if (answer.status !== 200) {
    throw new Error(`GET /nave/events answered ${answer.status}: ${answer.text}`);
  }

  return answer.text.split('\n').filter(line => line).map(line => JSON.parse(line)).filter(isWanted);
}

/** Waits for the first event of a device that is wanted, from the earliest on. For what no acknowledgement announces. */
export function eventOf(deviceId, isWanted = isTelemetry) {
  return new Promise((done, fail) => {
    const call = https.get(
      {
        host: hub.host,
        path: `/nave/events?from=earliest&deviceId=${encodeURIComponent(deviceId)}`,
        headers: { authorization: hub.token() },
        agent: false,
      },
      response => {
        const ignore = () => { /* It is cut off once the event is there. */ };
        response.on('error', ignore);
        createInterface({ input: response }).on('error', ignore).on('line', line => {
          const event = JSON.parse(line);
          if (isWanted(event)) {
            finish(() => done(event));
          }
        });
      });
    const timer = setTimeout(() => finish(() => fail(new Error(`No such event of ${deviceId} within ${deadline} ms.`))), deadline);
    const finish = then => {
      clearTimeout(timer);
      call.destroy();
      then();
    };
    call.on('error', error => finish(() => fail(error)));
  });
}
