import { randomUUID } from 'node:crypto';
import { NotLetIn, startLoad } from './load.mjs';
import { BadSettings, loadSettings } from './load-settings.mjs';

const say = (line) => console.log(`${new Date().toISOString()} ${line}`);

try {
  const load = startLoad(loadSettings(process.env), {
    random: Math.random,
    newId: randomUUID,
    now: () => performance.now(),
    say,
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void load.stop());
  await load.ended;
} catch (error) {
  say(error instanceof BadSettings || error instanceof NotLetIn ? error.message : error.stack);
  process.exit(1);
}
