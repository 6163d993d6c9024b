import { spawn } from 'node:child_process';

/**
 * Ends our processes when we die without doing so ourselves (kill -9, a closed terminal, a cancelled CI job): a small
 * shell that reads from a pipe which only we hold open. Its end of file is our death; then it interrupts what is left
 * and kills what does not listen.
 */
const script = `
pids=
trap '' INT TERM HUP
while read -r verb pid; do
  kept=
  for known in $pids; do [ "$known" = "$pid" ] || kept="$kept $known"; done
  [ "$verb" = watch ] && kept="$kept $pid"
  pids=$kept
done
left() { for pid in $pids; do kill -0 "$pid" 2>/dev/null && return 0; done; return 1; }
for pid in $pids; do kill -INT "$pid" 2>/dev/null; done
tries=0
while left && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
for pid in $pids; do kill -KILL "$pid" 2>/dev/null; done
`;

let shell;

const tell = (verb, pid) => {
  if (!shell) {
    shell = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    shell.on('error', () => {});
    shell.stdin.on('error', () => {});
    shell.unref();
    shell.stdin.unref();
  }
  shell.stdin.write(`${verb} ${pid}\n`);
};

export const watchOver = (pid) => tell('watch', pid);
export const forget = (pid) => tell('forget', pid);
