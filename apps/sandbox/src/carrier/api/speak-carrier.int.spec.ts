import { jest } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@hookshop/testing';
import { type RunningSandbox, startSandbox } from '../../testing/running-sandbox.js';
import { CarrierClient, consignment } from '../testing/carrier-client.js';

jest.setTimeout(30_000);

const error = (code: string) => ({ error: { code, message: expect.any(String) } });

describe("the carrier's manners", () => {
  let database: TestDatabase;
  let sandbox: RunningSandbox;
  let carrier: CarrierClient;

  beforeAll(async () => {
    database = await testDatabase();
    sandbox = await startSandbox(database.url);
    carrier = new CarrierClient(sandbox);
  });
  afterAll(async () => {
    await sandbox?.stop();
    await database?.drop();
  });

  it.each([undefined, '', 'Bearer', 'Bearer abcde', 'Basic Y2tfc3BlY3M=', 'ck_specs'])(
    'refuses the key %s and does not repeat it',
    async (authorization) => {
      for (const path of ['/shipments', '/shipments/shp_1', '/nowhere', '/%73hipments', '?a', '']) {
        const response = await fetch(`${sandbox.url}/carrier/v1${path}`, {
          headers: authorization === undefined ? {} : { authorization },
        });

        expect(response.status).toBe(401);
        const body = await response.text();
        expect(JSON.parse(body)).toEqual(error('unauthorized'));
        expect(body).not.toContain('abcde');
      }
    },
  );

  it('asks for the key however the address is spelled, before it reads a body', async () => {
    const spelled = await fetch(`${sandbox.url}/%63arrier/v1/shipments`, {
      method: 'POST',
      body: JSON.stringify(consignment('spelled')),
      headers: { 'content-type': 'application/json', 'idempotency-key': 'spelled' },
    });
    const broken = await carrier.call('POST', '/shipments', '{', { headers: { authorization: 'Bearer ck' } });

    expect([spelled.status, broken.status]).toEqual([401, 401]);
    expect(await database.query(`SELECT FROM shipments WHERE reference = 'spelled'`)).toEqual([]);
  });

  it.each([
    ['malformed JSON', 'POST', '/shipments', '{"reference":', {}, 400, 'invalid_request'],
    ['no JSON', 'POST', '/shipments', 'a=b', { 'content-type': 'text/plain' }, 415, 'invalid_request'],
    ['a list', 'POST', '/shipments', '[]', {}, 400, 'invalid_request'],
    ['a body without end', 'POST', '/shipments', `"${'x'.repeat(2 ** 20)}"`, {}, 413, 'invalid_request'],
    ['an address nobody serves', 'GET', '/parcels', undefined, {}, 404, 'not_found'],
    ['the address of nothing', 'GET', '', undefined, {}, 404, 'not_found'],
    ['a method nobody serves', 'DELETE', '/shipments', undefined, {}, 405, 'invalid_request'],
    ['a shipment nobody booked', 'GET', '/shipments/shp_none', undefined, {}, 404, 'not_found'],
    ['an id that is none', 'GET', '/shipments/%00%27', undefined, {}, 404, 'not_found'],
    ['an id too long', 'GET', `/shipments/shp_${'a'.repeat(900)}`, undefined, {}, 404, 'not_found'],
    ['a list of everything', 'GET', '/shipments', undefined, {}, 400, 'invalid_request'],
    ['a list it does not know', 'GET', '/shipments?reference=a&colour=red', undefined, {}, 400, 'invalid_request'],
    ['two references', 'GET', '/shipments?reference=a&reference=b', undefined, {}, 400, 'invalid_request'],
  ])('refuses %s in its own shape', async (_what, method, path, body, headers, status, code) => {
    const answer = await carrier.call(method, path, body, { headers: headers as Record<string, string> });

    expect(answer).toMatchObject({ status, body: error(code) });
    expect(answer.body).toEqual(error(code));
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  });

  it('keeps its own shape, and what went wrong to itself, when the books cannot be read', async () => {
    const broken = await testDatabase();
    const forgetful = await startSandbox(broken.url);
    try {
      await broken.query('ALTER TABLE shipments RENAME TO elsewhere');

      for (const answer of [
        await new CarrierClient(forgetful).book('lost'),
        await new CarrierClient(forgetful).show('shp_1'),
        await new CarrierClient(forgetful).cancel('shp_1'),
      ]) {
        expect(answer).toMatchObject({ status: 500, body: error('unavailable') });
        expect(JSON.stringify(answer.body)).not.toContain('elsewhere');
      }
    } finally {
      await forgetful.stop();
      await broken.drop();
    }
  });

  it('leaves the rest of the sandbox alone', async () => {
    expect(await sandbox.call('GET', '/carrier/shipments')).toMatchObject({ status: 200 });
    expect(await sandbox.call('GET', '/carrier/v10/shipments')).toMatchObject({
      status: 404,
      body: { title: 'Not Found' },
    });
    expect(await sandbox.call('GET', '/')).toMatchObject({
      body: { carrier: { api: '/carrier/v1/shipments', books: '/carrier/shipments?orderId=' } },
    });
  });
});
