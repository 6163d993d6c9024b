import pg from 'pg';
import { testDatabase } from './database.js';

describe('testDatabase', () => {
  it('gives every caller an empty database of its own', async () => {
    const [first, second] = await Promise.all([testDatabase(), testDatabase()]);
    await first.query('CREATE TABLE greetings (text text)');
    await first.query('INSERT INTO greetings VALUES ($1)', ['hello']);

    expect(await first.query('SELECT text FROM greetings')).toEqual([{ text: 'hello' }]);
    expect(await second.query('SELECT tablename FROM pg_tables WHERE schemaname = $1', ['public'])).toEqual([]);

    await Promise.all([first.drop(), second.drop()]);
  });

  it('connects as a role without superuser rights', async () => {
    const database = await testDatabase();

    expect(await database.query("SELECT current_setting('is_superuser') AS superuser")).toEqual([{ superuser: 'off' }]);

    await database.drop();
  });

  it('has nobody in a database who could not be ended by whoever drops it', async () => {
    const database = await testDatabase();

    expect(await database.query('SHOW autovacuum')).toEqual([{ autovacuum: 'off' }]);

    await database.drop();
  });

  it('drops a database in which a session is still open', async () => {
    const database = await testDatabase();
    const session = new pg.Client({ connectionString: database.url });
    const ended = new Promise((resolve) => session.on('error', resolve));
    await session.connect();

    await database.drop();

    await ended;
    const late = new pg.Client({ connectionString: database.url });
    await expect(late.connect()).rejects.toMatchObject({ code: '3D000' });
  });
});
