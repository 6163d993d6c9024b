import parseAddresses from 'nodemailer/lib/addressparser';

export interface Mailbox {
  /** Empty when there is only an address. */
  name: string;
  address: string;
}

/** `Hookshop <orders@hookshop.example>`, or undefined when that is not exactly one mailbox. */
export function parseMailbox(text: string): Mailbox | undefined {
  if (/\p{Cc}/u.test(text)) return undefined;
  const [mailbox, ...others] = parseAddresses(text);
  if (mailbox?.address === undefined || others.length > 0) return undefined;
  return /^[^@\s<>,;]+@[^@\s<>,;]+$/.test(mailbox.address)
    ? { name: mailbox.name ?? '', address: mailbox.address }
    : undefined;
}

/** The part behind the @. */
export const domainOf = ({ address }: Mailbox): string => address.slice(address.lastIndexOf('@') + 1);
