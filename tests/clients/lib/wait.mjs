// Waiting with a deadline, never for a fixed time.
import { once } from 'node:events';

const deadline = 15_000;

/** Waits for an event of an emitter; resolves with its first argument. */
export async function next(emitter, event, milliseconds = deadline) {
  try {
    const [first] = await once(emitter, event, { signal: AbortSignal.timeout(milliseconds) });
    return first;
  } catch (error) {
    throw error.name === 'AbortError' ? new Error(`No '${event}' within ${milliseconds} ms.`) : error;
  }
}

/** Fails a promise that takes too long. */
export async function within(promise, what, milliseconds = deadline) {
  let timer;
  try {
    return await Promise.race([
      promise,
      new Promise((_, fail) => { timer = setTimeout(() => fail(new Error(`${what}: not within ${milliseconds} ms.`)), milliseconds); }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

/** A promise with its own resolve, for callbacks that come later. */
export function later() {
  let resolve, reject;
  const promise = new Promise((done, fail) => { resolve = done; reject = fail; });
  return { promise, resolve, reject };
}

/** Waits for what callbacks change: `changed()` looks again, `until(isGood, what)` resolves when it is good. */
export function watch(milliseconds = deadline) {
  const looks = new Set();
  return {
    changed: () => [...looks].forEach(look => look()),
    until: (isGood, what) => within(
      new Promise(done => {
        const look = () => {
          if (isGood()) {
            looks.delete(look);
            done();
          }
        };
        looks.add(look);
        look();
      }),
      what, milliseconds),
  };
}

/** Collects what an emitter sends; `take(n)` resolves once there are n. */
export function collect(emitter, event) {
  const items = [];
  let waiter;
  emitter.on(event, (...args) => {
    items.push(args.length > 1 ? args : args[0]);
    waiter?.();
  });
  return {
    items,
    async take(count, milliseconds = deadline) {
      while (items.length < count) {
        const { promise, resolve } = later();
        waiter = resolve;
        await within(promise, `${items.length} of ${count} '${event}'`, milliseconds);
      }

      return items.slice(0, count);
    },
  };
}

/** Looks until what it sees is good; for state that nothing announces. Looks are requests, so this does not spin. */
export async function until(look, isGood, what) {
  const end = Date.now() + deadline;
  for (;;) {
    const seen = await look();
    if (isGood(seen)) {
      return seen;
    }

    if (Date.now() > end) {
      throw new Error(`${what}: still ${JSON.stringify(seen)} after ${deadline} ms.`);
    }
  }
}
