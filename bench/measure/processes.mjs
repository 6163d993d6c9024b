import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time in hundredths of a second wherever Node runs. */
const TICKS_PER_SECOND = 100;

/**
 * Follows CPU seconds and memory (PSS: shared pages are counted once) of named processes, children included.
 *
 * @param {() => Record<string, number>} pids
 */
export function watchProcesses(pids, everyMs = 1_000) {
  const begin = cpuSeconds(pids());
  const peak = {};
  let peakTotal = 0;
  const sample = () => {
    let total = 0;
    for (const [name, pid] of Object.entries(pids())) {
      const bytes = familyOf(pid).reduce((sum, member) => sum + pss(member), 0);
      peak[name] = Math.max(peak[name] ?? 0, bytes);
      total += bytes;
    }
    peakTotal = Math.max(peakTotal, total);
  };
  sample();
  const timer = setInterval(sample, everyMs);
  return {
    /** @returns CPU seconds and peak MiB per process, and the peak of the sum */
    stop() {
      clearInterval(timer);
      sample();
      const end = cpuSeconds(pids());
      const processes = Object.fromEntries(
        Object.keys(end).map((name) => [
          name,
          { cpuSeconds: Math.round((end[name] - (begin[name] ?? 0)) * 100) / 100, peakMiB: mib(peak[name] ?? 0) },
        ]),
      );
      return { processes, peakMiB: mib(peakTotal) };
    },
  };
}

const mib = (bytes) => Math.round(bytes / 1024 / 1024);

const cpuSeconds = (pids) =>
  Object.fromEntries(
    Object.entries(pids).map(([name, pid]) => [name, familyOf(pid).reduce((sum, member) => sum + cpuOf(member), 0)]),
  );

/** A process and its direct children: PostgreSQL works in them. Those that ended are in their parent's account. */
function familyOf(pid) {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    // Looking through all processes for their parents would hold up whoever measures latencies here.
    return [pid, ...threads.flatMap((thread) => childrenOf(`/proc/${pid}/task/${thread}/children`))];
  } catch {
    return [pid];
  }
}

const childrenOf = (file) => (readFileSync(file, 'utf8').match(/\d+/g) ?? []).map(Number);

function fieldsOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      own: Number(fields[11]) + Number(fields[12]),
      waitedFor: Number(fields[13]) + Number(fields[14]),
    };
  } catch {
    return undefined;
  }
}

function cpuOf(pid) {
  const fields = fieldsOf(pid);
  return fields ? (fields.own + fields.waitedFor) / TICKS_PER_SECOND : 0;
}

function pss(pid) {
  try {
    const [, kib] = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
    return Number(kib ?? 0) * 1024;
  } catch {
    return 0;
  }
}
