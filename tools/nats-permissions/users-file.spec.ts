import { passwordVariable, usersFile } from './users-file.mjs';

const order = {
  user: 'order',
  publish: { allow: ['shop.order.>', '$JS.API.INFO'], deny: ['shop.stock.>'] },
  subscribe: { allow: ['_INBOX_order.>', 'order.place order'] },
};

describe('the users file', () => {
  it('is in the language of nats-server', () => {
    const [, users] = usersFile([order]).split('users: [\n');

    expect(users)
      .toBe(`    { user: "admin", password: $NATS_PASSWORD_ADMIN, permissions { publish: ">", subscribe: ">" } }
    {
      user: "order", password: $NATS_PASSWORD_ORDER
      permissions {
        publish {
          allow: [
            "shop.order.>"
            "$JS.API.INFO"
          ]
          deny: [
            "shop.stock.>"
          ]
        }
        subscribe {
          allow: [
            "_INBOX_order.>"
            "order.place order"
          ]
        }
      }
    }
  ]
}
`);
  });

  it('holds no password, only the variable that has it', () => {
    expect(passwordVariable('order')).toBe('NATS_PASSWORD_ORDER');
    expect(usersFile([order]).match(/password: \S+/g)).toEqual([
      'password: $NATS_PASSWORD_ADMIN,',
      'password: $NATS_PASSWORD_ORDER',
    ]);
  });
});
