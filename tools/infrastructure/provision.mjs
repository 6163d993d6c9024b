// Runs when npm has installed the packages, so that everything works without a network afterwards. Whoever installs
// production packages only brings his own broker.
import { natsBinary } from './nats-binary.mjs';

if (!/(^|[\s,])dev([\s,]|$)/.test(process.env.npm_config_omit ?? '') && process.env.NODE_ENV !== 'production') {
  try {
    await natsBinary(process.env, (line) => console.log(line));
  } catch (error) {
    console.warn(`${error.message}\nThe installation goes on without it.`);
  }
}
