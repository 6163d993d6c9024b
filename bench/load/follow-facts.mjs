import { serverSentEvents } from './server-sent-events.mjs';

const AGAIN_MS = 1_000;
/** Facts after our place are not kept any more, or the stream is another one. */
const GONE = 410;

/**
 * Reads the shop's live stream, and comes back to where it was whenever it ends.
 *
 * @param {object} world
 * @param {(path: string, options: { headers: object }) => Promise<{ status: number, retryAfter?: string, body: any }>} world.open
 * @param {(type: string, orderId: string) => void} world.tell
 * @param {(ms: number) => Promise<void>} world.pause rejects when nothing is read any more, which ends it
 */
export async function followFacts({ open, tell, pause }) {
  let place;
  for (;;) {
    let seconds = 0;
    try {
      const headers = place === undefined ? {} : { 'last-event-id': place };
      const { status, retryAfter, body } = await open('/v1/events/stream', { headers });
      if (status === 200) {
        for await (const { id, event, data } of serverSentEvents(body)) {
          tell(event, JSON.parse(data).orderId);
          place = id;
        }
      } else {
        await body.dump();
        seconds = Number(retryAfter ?? 0);
        if (status === GONE) place = undefined;
      }
    } catch {
      // The shop is away or going: it is asked again.
    }
    await pause(Math.max(AGAIN_MS, seconds * 1_000));
  }
}
