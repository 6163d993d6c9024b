import type { ShippingAddress } from '@hookshop/contracts';
import type { ConfirmedContent } from './content.js';
import type { Letter } from './letter.js';

export const orderConfirmed = (orderId: string, content: ConfirmedContent): Letter => ({
  subject: `Your order ${orderId} is confirmed`,
  heading: 'Your order is confirmed',
  opening: ['Thank you for your order. It is paid, and we are getting it ready to ship.'],
  details: [{ label: 'Ships to', lines: [content.customerName, ...addressLines(content.shippingAddress)] }],
  orderId,
  order: content,
  closing: ['We will write to you again when it is on its way.'],
});

const regions = new Intl.DisplayNames(['en'], { type: 'region' });

const addressLines = ({ line1, line2, city, postalCode, country }: ShippingAddress): string[] => [
  line1,
  ...(line2 === undefined ? [] : [line2]),
  `${city} ${postalCode}`,
  regions.of(country) ?? country,
];
