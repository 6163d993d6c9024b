import { jest } from '@jest/globals';
import { HttpException, NotFoundException, ServiceUnavailableException } from '@nestjs/common';
import { Problem } from './problem.js';
import { toProblem } from './to-problem.js';

const log = { error: jest.fn(), warn: jest.fn() };
const coded = (code: string, message = 'x'): Error => Object.assign(new Error(message), { code });
const refusal = (code: string, statusCode: number): Error => Object.assign(coded(code), { statusCode });

describe('toProblem', () => {
  beforeEach(() => void jest.clearAllMocks());

  it('passes a problem on as it is', () => {
    const problem = new Problem(409, 'No.');

    expect(toProblem(problem, log)).toBe(problem);
  });

  it("keeps the status and the words of Nest's exceptions", () => {
    expect(toProblem(new NotFoundException('There is no such thing.'), log).body).toMatchObject({
      status: 404,
      title: 'Not Found',
      detail: 'There is no such thing.',
    });
  });

  it('says when to try again', () => {
    const problem = toProblem(new ServiceUnavailableException('Busy.'), log);

    expect(problem.body).toMatchObject({ status: 503, detail: 'Busy.' });
    expect(problem.headers).toHaveProperty('Retry-After');
  });

  it.each([
    ['FST_ERR_CTP_INVALID_JSON_BODY', 400, 400],
    ['FST_ERR_CTP_BODY_TOO_LARGE', 413, 413],
    ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 415, 415],
    ['FST_ERR_MAX_PARAM_LENGTH', 414, 404],
    ['FST_ERR_BAD_URL', 400, 400],
  ])('answers %s, bare or wrapped by Nest', (code, statusCode, status) => {
    const cause = refusal(code, statusCode);

    expect(toProblem(cause, log).getStatus()).toBe(status);
    expect(toProblem(new HttpException('x', statusCode, { cause }), log).body).toEqual(toProblem(cause, log).body);
    expect(log.error).not.toHaveBeenCalled();
  });

  it('does not take the status of just any error for its own', () => {
    const provider = Object.assign(new Error('No such payment_intent'), { code: 'resource_missing', statusCode: 404 });

    expect(toProblem(provider, log).getStatus()).toBe(500);
  });

  it.each([
    ['nobody listens', coded('ECONNREFUSED')],
    ['both addresses of a name refuse', new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')])],
    ['the database shuts down', coded('57P01')],
    ['the database starts', coded('57P03')],
    ['the connection is lost', coded('08006')],
    ['there are too many connections', coded('53300')],
    ['the pool has none to give', new Error('timeout exceeded when trying to connect')],
    ['the connection ends in the middle', new Error('Connection terminated unexpectedly')],
    ['the broker is away', Object.assign(new Error('x'), { name: 'ClosedConnectionError' })],
    ['TypeORM wraps what pg said', Object.assign(new Error('x'), { driverError: coded('57P01') })],
    ['another error has it as its cause', new Error('could not place', { cause: coded('ECONNRESET') })],
  ])('answers 503 when %s', (_, error) => {
    const problem = toProblem(error, log);

    expect(problem.body).toMatchObject({ status: 503, title: 'Service Unavailable' });
    expect(problem.headers).toHaveProperty('Retry-After');
    expect(log.warn).toHaveBeenCalledTimes(1);
  });

  it('answers 504 when nobody knows whether a change was committed', () => {
    const error = Object.assign(new Error('lost', { cause: coded('ECONNRESET') }), { name: 'CommitOutcomeUnknown' });

    expect(toProblem(error, log).getStatus()).toBe(504);
  });

  it.each([
    ['a bug', new TypeError('secret of the house')],
    ['a constraint', coded('23505', 'secret of the house')],
    ['a string', 'secret of the house'],
    ['nothing', undefined],
    ['an exception with a 5xx status', new HttpException('secret of the house', 500)],
  ])('keeps what %s says to the log, where its id finds it', (_, error) => {
    const { body } = toProblem(error, log);

    expect(body).toMatchObject({ status: 500, title: 'Internal Server Error' });
    expect(JSON.stringify(body)).not.toContain('secret');
    const [fields] = log.error.mock.calls[0] as [{ err: unknown; errorId: string }];
    expect(fields.err).toBe(error);
    expect(body.instance).toBe(`urn:uuid:${fields.errorId}`);
    expect(body.detail).toContain(fields.errorId);
  });

  it('survives a cause that goes round in circles', () => {
    const error = new Error('x');
    error.cause = error;

    expect(toProblem(error, log).getStatus()).toBe(500);
  });
});
