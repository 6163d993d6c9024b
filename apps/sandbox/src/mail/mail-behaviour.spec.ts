import { MailBehaviour } from './mail-behaviour.js';

describe('MailBehaviour', () => {
  it('refuses the given number of mails and is well again', () => {
    const behaviour = new MailBehaviour();
    behaviour.set({ reject: 'temporary', times: 2 });

    expect([1, 2, 3].map(() => behaviour.meet())).toEqual(['temporary', 'temporary', null]);
  });

  it('refuses every mail until told otherwise', () => {
    const behaviour = new MailBehaviour();
    behaviour.set({ reject: 'permanent' });
    expect([1, 2, 3].map(() => behaviour.meet())).toEqual(['permanent', 'permanent', 'permanent']);

    behaviour.set({ reject: null });
    expect(behaviour.meet()).toBeNull();
  });
});
