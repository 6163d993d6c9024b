/** Healthy is who says so itself; the answer, which names what is amiss, is kept in the container's health log. */
const response = await fetch(`http://127.0.0.1:${process.env.PORT}/readyz`, { signal: AbortSignal.timeout(4_000) });
process.stdout.write(await response.text());
process.exitCode = response.ok ? 0 : 1;
