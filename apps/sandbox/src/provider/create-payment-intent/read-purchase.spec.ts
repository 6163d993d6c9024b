import type { Form } from '../stripe/form.js';
import { StripeRefusal } from '../stripe/stripe-error.js';
import { readPurchase } from './read-purchase.js';

const form = (more: Form = {}): Form => ({
  amount: '9900',
  currency: 'usd',
  confirm: 'true',
  payment_method: 'pm_card_visa',
  'allowed_payment_method_types[0]': 'card',
  'metadata[orderId]': 'o-1',
  ...more,
});

const { 'allowed_payment_method_types[0]': _types, ...withoutTypes } = form();

function refused(more: Form): StripeRefusal {
  try {
    readPurchase(form(more));
  } catch (error) {
    if (error instanceof StripeRefusal) return error;
    throw error;
  }
  throw new Error('Nothing was refused');
}

describe('readPurchase', () => {
  it('reads what the merchant asks for', () => {
    expect(readPurchase(form({ 'metadata[cart]': 'c-1', description: 'An order' }))).toEqual({
      purchase: {
        amountInCents: 9900,
        currency: 'USD',
        method: 'pm_card_visa',
        orderId: 'o-1',
        description: 'An order',
        returnUrl: null,
        metadata: { orderId: 'o-1', cart: 'c-1' },
      },
      verdict: 'succeeds',
    });
  });

  it.each<[string, Form, string | undefined, string | undefined]>([
    ['no amount', { amount: '' }, 'amount', 'parameter_missing'],
    ['a fraction of a cent', { amount: '10.5' }, 'amount', 'parameter_invalid_integer'],
    ['an amount of nothing', { amount: '0' }, 'amount', 'parameter_invalid_integer'],
    ['a negative amount', { amount: '-5' }, 'amount', 'parameter_invalid_integer'],
    ['an exponent', { amount: '1e3' }, 'amount', 'parameter_invalid_integer'],
    ['nine digits', { amount: '100000000' }, 'amount', 'amount_too_large'],
    ['more digits than a number holds', { amount: '9'.repeat(400) }, 'amount', 'parameter_invalid_integer'],
    ['an amount given twice', { amount: ['1', '2'] }, 'amount', undefined],
    ['no currency', { currency: '' }, 'currency', 'parameter_missing'],
    ['no such currency', { currency: 'doubloons' }, 'currency', undefined],
    ['an intent that is not confirmed', { confirm: 'false' }, 'confirm', undefined],
    ['a confirmation that is neither true nor false', { confirm: 'yes' }, 'confirm', undefined],
    ['no payment method', { payment_method: '' }, undefined, 'payment_intent_unexpected_state'],
    ['an unknown payment method', { payment_method: 'pm_card_void' }, 'payment_method', 'resource_missing'],
    [
      'a payment method named like an object property',
      { payment_method: 'constructor' },
      'payment_method',
      'resource_missing',
    ],
    ['a parameter it does not know', { tip: '100' }, 'tip', 'parameter_unknown'],
    ['metadata of two levels', { 'metadata[a][b]': 'c' }, 'metadata[a][b]', undefined],
    ['a metadata key too long', { [`metadata[${'k'.repeat(41)}]`]: 'v' }, `metadata[${'k'.repeat(41)}]`, undefined],
    ['a metadata value too long', { 'metadata[note]': 'v'.repeat(501) }, 'metadata[note]', undefined],
    ['a null character', { description: 'a\0b' }, 'description', undefined],
    ['other types than cards', { 'allowed_payment_method_types[0]': 'ideal' }, 'payment_method', undefined],
  ])('refuses %s as Stripe does', (_what, more, param, code) => {
    expect(refused(more)).toMatchObject({ status: 400, error: { type: 'invalid_request_error' } });
    expect(refused(more).error).toMatchObject({ ...(param && { param }), ...(code && { code }) });
  });

  it('wants to know where redirects end when the merchant did not choose the types', () => {
    expect(() => readPurchase(withoutTypes)).toThrow(/you must provide a `return_url`/);
    expect(() => readPurchase({ ...withoutTypes, return_url: 'https://shop.example/done' })).not.toThrow();
    expect(() =>
      readPurchase({
        ...withoutTypes,
        'automatic_payment_methods[enabled]': 'true',
        'automatic_payment_methods[allow_redirects]': 'never',
      }),
    ).not.toThrow();
    expect(refused({ 'automatic_payment_methods[enabled]': 'true' }).message).toMatch(/only specify one of/);
  });

  it('takes named types from merchants whose version of the API is that old', () => {
    const named = { ...withoutTypes, 'payment_method_types[0]': 'card' };

    expect(() => readPurchase(named, '2026-08-26.dahlia')).not.toThrow();
    expect(() => readPurchase(named, '2026-09-30.endive')).toThrow(/no longer supported/);
  });

  it('declines what needs the customer when the customer is away', () => {
    const away = form({ payment_method: 'pm_card_authenticationRequired', off_session: 'true' });

    expect(readPurchase(away).verdict).toBe('authentication_required');
    expect(readPurchase(form({ payment_method: 'pm_card_authenticationRequired' })).verdict).toBe(
      'asks-for-authentication',
    );
  });
});
