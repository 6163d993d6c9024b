/** What a customer sends to place an order, as the options of `ask`. */
export const orderRequest = ({ idempotencyKey, customer, lines, method }) => ({
  headers: { 'idempotency-key': idempotencyKey },
  body: {
    customer,
    lines,
    payment: { method },
    shippingAddress: { line1: '1 Main St', city: 'Springfield', postalCode: '12345', country: 'US' },
  },
});
