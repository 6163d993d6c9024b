import { Problem } from './problem.js';

describe('Problem', () => {
  it('has the status phrase as its title unless it is of a kind of its own', () => {
    expect(new Problem(404, 'There is no order o-1.').body).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'There is no order o-1.',
    });
    expect(new Problem(422, 'SKU X-1 is unknown.', { title: 'Unknown SKU' }).body).toMatchObject({
      type: '/problems/unknown-sku',
      title: 'Unknown SKU',
    });
    expect(new Problem(422, 'No.', { title: 'Unknown SKU', type: 'urn:x' }).body.type).toBe('urn:x');
  });

  it('carries the faults and the headers it is given', () => {
    const errors = [{ path: 'lines.0.sku', message: 'is unknown' }];
    const problem = new Problem(422, 'No.', { errors, headers: { 'Retry-After': '5' } });

    expect(problem.body.errors).toEqual(errors);
    expect(problem.headers).toEqual({ 'Retry-After': '5' });
    expect(problem.message).toBe('No.');
    expect(problem.getStatus()).toBe(422);
  });
});
