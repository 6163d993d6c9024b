import { checkUrl, RefusedUrl, type UrlPolicy } from './endpoint-url.js';

const strict: UrlPolicy = { allowHttp: false, allowedPrivateHosts: [] };
const http: UrlPolicy = { ...strict, allowHttp: true };
const listing = (...hosts: string[]): UrlPolicy => ({ allowHttp: true, allowedPrivateHosts: hosts });

function reason(text: string, policy: UrlPolicy): string {
  try {
    return `accepted as ${checkUrl(text, policy).href}`;
  } catch (error) {
    if (error instanceof RefusedUrl) return error.message;
    throw error;
  }
}

describe('the URL of an endpoint', () => {
  it.each([
    ['https://example.com/hooks?a=1', 'https://example.com/hooks?a=1'],
    ['https://EXAMPLE.com', 'https://example.com/'],
    ['https://example.com:443/', 'https://example.com/'],
    ['https://example.com:80/', 'https://example.com:80/'],
    ['https://example.com:1024/', 'https://example.com:1024/'],
    ['https://example.com:65535/', 'https://example.com:65535/'],
    ['https://example.com./hooks', 'https://example.com/hooks'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
    ['https://8.8.8.8/', 'https://8.8.8.8/'],
    ['https://[2606:4700:4700::1111]/', 'https://[2606:4700:4700::1111]/'],
    [`https://example.com/${'a'.repeat(2_028)}`, `https://example.com/${'a'.repeat(2_028)}`],
  ])('may be %s', (text, href) => expect(checkUrl(text, strict).href).toBe(href));

  it.each([
    ['http://localhost/', 'is a name of this machine itself'],
    ['http://localhost./', 'is a name of this machine itself'],
    ['http://LOCALHOST../', 'is a name of this machine itself'],
    ['http://hooks.localhost/', 'is a name of this machine itself'],
    ['http://127.1/', 'is an address that is not public'],
    ['http://127.1./', 'is an address that is not public'],
    ['http://2130706433/', 'is an address that is not public'],
    ['http://0x7f000001/', 'is an address that is not public'],
    ['http://0177.0.0.1/', 'is an address that is not public'],
    ['http://%31%32%37.0.0.1/', 'is an address that is not public'],
    ['http://[::ffff:127.0.0.1]/', 'is an address that is not public'],
    ['http://[::ffff:7f00:1]/', 'is an address that is not public'],
    ['http://①②⑦.⓪.⓪.①/', 'is an address that is not public'],
    ['http://[::1]/', 'is an address that is not public'],
    ['http://169.254.169.254/latest/meta-data/', 'is the metadata service of a cloud'],
    ['http://metadata.google.internal./computeMetadata/v1/', 'is the metadata service of a cloud'],
    ['https://user:pass@example.com/', 'has a user name or password'],
    ['https://user@example.com/', 'has a user name or password'],
    ['https://:pass@example.com/', 'has a user name or password'],
    ['https://example.com/#fragment', 'has a fragment'],
    ['https://example.com/#', 'has a fragment'],
    ['ftp://example.com/', 'must be https or http'],
    ['file:///etc/passwd', 'must be https or http'],
    ['javascript:alert(1)', 'must be https or http'],
    ['https://example.com:25/', 'has port 25; ports 80, 443 and 1024 to 65535 are allowed'],
    ['https://example.com:0/', 'has port 0; ports 80, 443 and 1024 to 65535 are allowed'],
    ['https://example.com:1023/', 'has port 1023; ports 80, 443 and 1024 to 65535 are allowed'],
    ['https://intranet/', 'is a host name without a dot'],
    ['https://intranet./', 'is a host name without a dot'],
    ['https://a..example/', 'is not a valid host name'],
    ['https://.example/', 'is not a valid host name'],
    [`https://${'a'.repeat(64)}.example/`, 'is not a valid host name'],
    ['example.com/hooks', 'is not a URL'],
    ['', 'is not a URL'],
    [`https://example.com/${'a'.repeat(2_029)}`, 'is longer than 2048 characters'],
  ])('may not be %s', (text, message) => expect(reason(text, http)).toBe(message));

  it('may be http only where that is allowed', () => {
    expect(reason('http://example.com/', strict)).toBe('must be https');
    expect(reason('http://example.com/', http)).toBe('accepted as http://example.com/');
  });

  it.each([
    ['http://localhost:4000/', 'localhost'],
    ['http://receiver:4000/', 'RECEIVER'],
    ['http://Receiver./', 'receiver'],
    ['http://hooks.localhost/', 'hooks.localhost'],
    ['http://127.0.0.1/', '127.0.0.1'],
    ['http://127.1/', '127.0.0.1'],
    ['http://[::1]/', '[::1]'],
    ['http://[0:0:0:0:0:0:0:1]/', '::1'],
    ['http://[FD12::A]/', 'fd12:0::a'],
  ])('may be the private %s where %s is listed', (text, listed) => {
    expect(reason(text, listing('other.example', listed))).toMatch(/^accepted/);
  });

  it('may not be what is merely below or beside a listed name', () => {
    expect(reason('http://hooks.localhost/', listing('localhost'))).toBe('is a name of this machine itself');
    expect(reason('http://127.0.0.2/', listing('127.0.0.1'))).toBe('is an address that is not public');
  });

  it.each([
    ['http://169.254.169.254/', '169.254.169.254'],
    ['http://[fd00:ec2::254]/', 'fd00:ec2::254'],
    ['http://[::ffff:169.254.169.254]/', '[::ffff:a9fe:a9fe]'],
    ['http://metadata.google.internal/', 'metadata.google.internal'],
  ])('may not be %s even where it is listed', (text, listed) => {
    expect(reason(text, listing(listed))).toBe('is the metadata service of a cloud');
  });
});
