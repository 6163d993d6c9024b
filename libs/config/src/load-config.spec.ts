import { ArrayMaxSize, IsBoolean, IsIn, IsInt, IsNumber, IsOptional, IsString, Min } from 'class-validator';
import { InvalidEnvironment } from './invalid-environment.js';
import { loadConfig } from './load-config.js';
import { ServiceConfig } from './service-config.js';

const needed = {
  PORT: '3001',
  DATABASE_URL: 'postgres://shop:hunter2@localhost:5432/shop',
  NATS_URL: 'nats://localhost:4222',
};

class OrderConfig extends ServiceConfig {
  override readonly port: number = 3001;
  @IsInt() @Min(1) readonly orderDeadlineSeconds: number = 900;
  @IsNumber() readonly sampleRate: number = 0.5;
  @IsBoolean() readonly hookshopDemo: boolean = false;
  @ArrayMaxSize(3) @IsString({ each: true }) readonly webhookAllowedPrivateHosts: string[] = [];
  @IsOptional() @IsString() readonly smtpForwardUrl?: string;
  @IsIn(['slow', 'fast']) readonly pace: 'slow' | 'fast' = 'fast';
}

const faultsOf = (type: new () => object, env: NodeJS.ProcessEnv): Record<string, string[]> => {
  try {
    loadConfig(type, env);
  } catch (error) {
    if (!(error instanceof InvalidEnvironment)) throw error;
    const faults: Record<string, string[]> = {};
    for (const { variable, expected } of error.faults) (faults[variable] ??= []).push(expected);
    return faults;
  }
  return {};
};

describe('loadConfig', () => {
  it('takes the defaults for what the environment does not say', () => {
    const config = loadConfig(OrderConfig, { ...needed, PORT: undefined });

    expect(config).toBeInstanceOf(OrderConfig);
    expect(config).toMatchObject({
      port: 3001,
      host: '127.0.0.1',
      databaseUrl: needed.DATABASE_URL,
      natsUrl: needed.NATS_URL,
      logLevel: 'info',
      nodeEnv: 'development',
      orderDeadlineSeconds: 900,
      webhookAllowedPrivateHosts: [],
    });
  });

  it('converts numbers, booleans and comma-separated lists by the type of the property', () => {
    const config = loadConfig(OrderConfig, {
      ...needed,
      ORDER_DEADLINE_SECONDS: ' 5 ',
      SAMPLE_RATE: '0.25',
      HOOKSHOP_DEMO: 'true',
      WEBHOOK_ALLOWED_PRIVATE_HOSTS: '127.0.0.1, localhost,',
      PACE: 'slow',
    });

    expect(config).toMatchObject({
      orderDeadlineSeconds: 5,
      sampleRate: 0.25,
      hookshopDemo: true,
      webhookAllowedPrivateHosts: ['127.0.0.1', 'localhost'],
      pace: 'slow',
    });
  });

  it('reads 1 and 0 as booleans', () => {
    expect(loadConfig(OrderConfig, { ...needed, HOOKSHOP_DEMO: '1' }).hookshopDemo).toBe(true);
    expect(loadConfig(OrderConfig, { ...needed, HOOKSHOP_DEMO: '0' }).hookshopDemo).toBe(false);
  });

  it('counts an empty variable as not set', () => {
    const config = loadConfig(OrderConfig, { ...needed, HOST: '', SMTP_FORWARD_URL: ' ', ORDER_DEADLINE_SECONDS: '' });

    expect(config).toMatchObject({ host: '127.0.0.1', orderDeadlineSeconds: 900 });
    expect(config.smtpForwardUrl).toBeUndefined();
  });

  it('takes several brokers, and refuses them when one is wrong', () => {
    const several = 'nats://a:4222, nats://b:4222';

    expect(loadConfig(ServiceConfig, { ...needed, NATS_URL: several }).natsUrl).toBe(several);
    expect(faultsOf(ServiceConfig, { ...needed, NATS_URL: 'nats://a:4222,b:4222' })).toHaveProperty('NATS_URL');
  });

  it('takes port 0 for any free port', () => {
    expect(loadConfig(ServiceConfig, { ...needed, PORT: '0' }).port).toBe(0);
  });

  it('names every fault at once, by its variable', () => {
    const faults = faultsOf(OrderConfig, {
      PORT: '70000',
      NATS_URL: 'http://localhost:4222',
      ORDER_DEADLINE_SECONDS: 'soon',
      HOOKSHOP_DEMO: 'yes',
      LOG_LEVEL: 'loud',
      WEBHOOK_ALLOWED_PRIVATE_HOSTS: 'a,b,c,d',
    });

    expect(faults).toEqual({
      PORT: ['must not be greater than 65535'],
      DATABASE_URL: ['is not set; it must be a URL with a host, starting with postgres:// or postgresql://'],
      NATS_URL: ['must be a URL, or several comma-separated, with a host, starting with nats://'],
      ORDER_DEADLINE_SECONDS: ['must be a number, such as 30'],
      HOOKSHOP_DEMO: ['must be true or false'],
      LOG_LEVEL: ['must be one of the following values: fatal, error, warn, info, debug, trace, silent'],
      WEBHOOK_ALLOWED_PRIVATE_HOSTS: ['must contain no more than 3 elements'],
    });
  });

  it.each(['1e3', '0x10', '12px', 'NaN', 'Infinity', '1,000', '--1'])('refuses %s as a number', (text) => {
    expect(faultsOf(OrderConfig, { ...needed, ORDER_DEADLINE_SECONDS: text })).toHaveProperty('ORDER_DEADLINE_SECONDS');
  });

  it('refuses a fraction where a whole number is expected', () => {
    expect(faultsOf(OrderConfig, { ...needed, ORDER_DEADLINE_SECONDS: '1.5' })).toEqual({
      ORDER_DEADLINE_SECONDS: ['must be an integer number'],
    });
  });

  it('never shows the value of a variable', () => {
    const secret = 'mysql://shop:hunter2@localhost/shop';
    let message = '';
    try {
      loadConfig(OrderConfig, { ...needed, DATABASE_URL: secret, ORDER_DEADLINE_SECONDS: 'hunter2' });
    } catch (error) {
      message = (error as Error).message + JSON.stringify(error);
    }

    expect(message).toContain('DATABASE_URL');
    expect(message).toContain('ORDER_DEADLINE_SECONDS');
    expect(message).not.toContain('hunter2');
  });

  it('lets a service do without what the base asks for', () => {
    class SandboxConfig extends ServiceConfig {
      @IsOptional() override readonly natsUrl: string;
    }

    expect(faultsOf(SandboxConfig, { ...needed, NATS_URL: undefined })).toEqual({});
    expect(faultsOf(SandboxConfig, { ...needed, NATS_URL: 'http://x' })).toHaveProperty('NATS_URL');
  });
});
