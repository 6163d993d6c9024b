import { bytesOfWebhook } from '../index.js';

describe('the body of a webhook that was received', () => {
  it('is the bytes of its text', () => {
    const body = '{"name":"Zoë 😀"}';

    expect(bytesOfWebhook({ body, encoding: 'utf8' }).equals(Buffer.from(body))).toBe(true);
  });

  it('is the bytes that base64 stands for', () => {
    const bytes = Buffer.from([0xff, 0x00, 0x80, 0x41]);

    expect(bytesOfWebhook({ body: bytes.toString('base64'), encoding: 'base64' }).equals(bytes)).toBe(true);
  });

  it('is not taken for what it only looks like', () => {
    expect(bytesOfWebhook({ body: 'YQ==', encoding: 'utf8' }).toString()).toBe('YQ==');
    expect(bytesOfWebhook({ body: 'YQ==', encoding: 'base64' }).toString()).toBe('a');
  });
});
