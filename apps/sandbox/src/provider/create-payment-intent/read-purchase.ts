import type { Purchase } from '../payment-intent.js';
import { flag, type Form, list, metadata, oneOf, refuseUnknown, requiredText, text, whole } from '../stripe/form.js';
import { invalidRequest, missing } from '../stripe/stripe-error.js';
import { testMethods, type Verdict } from '../test-methods.js';

const known = new Set([
  'allowed_payment_method_types',
  'amount',
  'automatic_payment_methods',
  'confirm',
  'currency',
  'description',
  'metadata',
  'off_session',
  'payment_method',
  'payment_method_types',
  'return_url',
]);
const currencies = new Set(Intl.supportedValuesOf('currency'));
/** Stripe takes eight digits. */
const MOST_CENTS = 99_999_999;

/** Since this version of Stripe's API merchants allow types and no longer name them. */
const TYPES_ARE_ALLOWED_SINCE = '2026-09-30';

/**
 * Reads what a merchant asks for.
 *
 * @param apiVersion the request's `Stripe-Version`, `2026-10-28.endive`
 * @throws StripeRefusal as Stripe refuses it
 */
export function readPurchase(form: Form, apiVersion = ''): { purchase: Purchase; verdict: Verdict } {
  refuseUnknown(form, known);
  const amountInCents = whole(form, 'amount', 1, Number.MAX_SAFE_INTEGER);
  if (amountInCents === undefined) throw missing('amount');
  if (amountInCents > MOST_CENTS) {
    throw invalidRequest('Amount must be no more than $999,999.99', { param: 'amount', code: 'amount_too_large' });
  }
  const currency = requiredText(form, 'currency').toUpperCase();
  if (!currencies.has(currency)) {
    throw invalidRequest(`Invalid currency: ${currency.slice(0, 100).toLowerCase()}`, { param: 'currency' });
  }
  if (flag(form, 'confirm') !== true) {
    throw invalidRequest('The sandbox books an intent and confirms it in one request: pass confirm=true.', {
      param: 'confirm',
    });
  }
  const method = text(form, 'payment_method');
  if (method === undefined) {
    throw invalidRequest(
      "You cannot confirm this PaymentIntent because it's missing a payment method. Update the PaymentIntent with a payment method and then confirm it again.",
      { code: 'payment_intent_unexpected_state' },
    );
  }
  const verdict = testMethods.get(method);
  if (verdict === undefined) {
    throw invalidRequest(`No such PaymentMethod: '${method.slice(0, 100)}'`, {
      param: 'payment_method',
      code: 'resource_missing',
    });
  }
  const offSession = flag(form, 'off_session') ?? false;
  const returnUrl = text(form, 'return_url') ?? null;
  checkTypes(form, apiVersion, returnUrl !== null || offSession);

  const details = metadata(form);
  return {
    purchase: {
      amountInCents,
      currency,
      method,
      orderId: details.orderId ?? null,
      description: text(form, 'description', 1000) ?? null,
      returnUrl,
      metadata: details,
    },
    // Nobody is there to authenticate.
    verdict: offSession && verdict === 'asks-for-authentication' ? 'authentication_required' : verdict,
  };
}

/** Stripe offers what its dashboard enables, redirects included, unless the merchant chooses the types. */
function checkTypes(form: Form, apiVersion: string, redirectsEndSomewhere: boolean): void {
  const named = list(form, 'payment_method_types');
  if (named.length > 0 && apiVersion >= TYPES_ARE_ALLOWED_SINCE) {
    throw invalidRequest(
      'payment_method_types is no longer supported in this API version. Use allowed_payment_method_types instead.',
      { param: 'payment_method_types', code: 'payment_method_types_no_longer_supported' },
    );
  }
  const automatic = flag(form, 'automatic_payment_methods[enabled]');
  const redirects = oneOf(form, 'automatic_payment_methods[allow_redirects]', ['always', 'never'] as const);
  const types = [...named, ...list(form, 'allowed_payment_method_types')];
  if (types.length > 0) {
    if (automatic) {
      throw invalidRequest(
        'You may only specify one of these parameters: automatic_payment_methods, allowed_payment_method_types.',
      );
    }
    if (!types.includes('card')) {
      throw invalidRequest('The PaymentMethod provided (card) is not allowed for this PaymentIntent.', {
        param: 'payment_method',
      });
    }
  } else if (automatic !== false && redirects !== 'never' && !redirectsEndSomewhere) {
    throw invalidRequest(
      "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.",
      { param: 'return_url' },
    );
  }
}
