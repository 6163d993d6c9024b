import type { ShippedContent } from './content.js';
import type { Letter } from './letter.js';

export const orderShipped = (orderId: string, content: ShippedContent): Letter => ({
  subject: `Your order ${orderId} is on its way`,
  heading: 'Your order is on its way',
  opening: ['Good news: the carrier has picked up your order.'],
  details: [
    { label: 'Carrier', lines: [content.carrier] },
    { label: 'Tracking number', lines: [content.trackingNumber] },
  ],
  orderId,
  order: content,
  closing: [],
});
