/**
 * The events of an answer of type text/event-stream, as far as the gateway uses it: LF, one line of data each.
 *
 * @param {AsyncIterable<Uint8Array>} body
 * @returns {AsyncGenerator<{ id: string, event: string, data: string }>}
 */
export async function* serverSentEvents(body) {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(
        block.split('\n').map((line) => {
          const colon = line.indexOf(':');
          return [line.slice(0, colon), line.slice(colon + 1).trimStart()];
        }),
      );
      if (fields.id !== undefined) yield fields;
    }
  }
}
