import { CannotStart } from './infrastructure/cannot-start.mjs';
import { runJest, selections } from './testing/jest-run.mjs';
import { build } from './workspace/build.mjs';
import { installPackages } from './workspace/packages.mjs';

const usage = `npm test [-- ${selections.join('|')}] [jest options]`;

async function run([first, ...rest]) {
  const named = selections.includes(first);
  const chosen = named ? [first] : selections;
  const more = named ? rest : [first, ...rest].filter(Boolean);
  if (more.length > 0 && !named) throw new CannotStart(`Name one kind of specs to pass options on: ${usage}`);
  installPackages(console.log);
  // All others run services as they are shipped. While a spec runs nobody may build: that takes their files away.
  if (chosen.some((selection) => selection !== 'unit')) await build();

  const total = { passed: 0, failed: 0, faults: [] };
  for (const selection of chosen) {
    console.log(`\n${selection}`);
    const { passed, failed, faults } = await runJest(selection, more);
    total.passed += passed;
    total.failed += failed;
    total.faults.push(...faults);
  }
  return total;
}

// Ctrl-C reaches jest as well; it cleans up and we follow.
process.on('SIGINT', () => (process.exitCode = 130));

try {
  const { passed, failed, faults } = await run(process.argv.slice(2));
  console.log();
  for (const fault of faults) console.log(fault);
  console.log(`${passed} passed, ${failed + faults.length} failed`);
  if (failed + faults.length > 0 || passed === 0) process.exitCode ??= 1;
} catch (error) {
  console.error(error instanceof CannotStart ? error.message : error);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}
