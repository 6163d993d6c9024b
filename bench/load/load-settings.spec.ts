import { BadSettings, loadSettings } from './load-settings.mjs';

describe('the settings of the load', () => {
  it('are those of a shop on this machine when nothing is said', () => {
    expect(loadSettings({})).toEqual({
      gatewayUrl: 'http://localhost:3000',
      sandboxUrl: 'http://localhost:3010',
      key: 'sk_shop_demo',
      ordersPerSecond: 5,
      clients: 16,
      customers: 200,
      reportSeconds: 5,
    });
  });

  it('come from the environment', () => {
    const env = { LOAD_ORDERS_PER_SECOND: '0.5', LOAD_CLIENTS: '3', LOAD_GATEWAY_URL: 'https://shop.example/' };

    expect(loadSettings(env)).toMatchObject({ ordersPerSecond: 0.5, clients: 3, gatewayUrl: 'https://shop.example' });
  });

  it('have no sandbox when it is set to nothing', () => {
    expect(loadSettings({ LOAD_SANDBOX_URL: '' }).sandboxUrl).toBeUndefined();
  });

  it('are refused with every fault at once', () => {
    const env = {
      LOAD_GATEWAY_URL: 'localhost:3000',
      LOAD_ORDERS_PER_SECOND: '0',
      LOAD_CLIENTS: '1.5',
      LOAD_CUSTOMERS: '',
      LOAD_REPORT_SECONDS: 'five',
      SHOP_API_KEY: '',
    };
    const refused = () => loadSettings(env);

    expect(refused).toThrow(BadSettings);
    for (const variable of Object.keys(env)) expect(refused).toThrow(variable);
  });
});
