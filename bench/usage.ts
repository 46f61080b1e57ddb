/** What processes and the machine have used so far, as Linux counts it; elsewhere nothing is known. */
import { readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second. Microseconds. */
const TICK_US = 10_000;

/** The process's time on a processor so far. Microseconds. */
export function cpuOf(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The name, in parentheses, may hold anything; user and system time are the 12th and 13th field after it.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields === undefined ? undefined : (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** The time of all processors together that somebody worked, so far. Microseconds. */
export function cpuOfMachine(): number | undefined {
  const [user, nice, system, , , irq, softIrq] = (/^cpu +(.*)$/m.exec(read('/proc/stat') ?? '')?.[1] ?? '')
    .split(' ')
    .map(Number);
  if (softIrq === undefined) return undefined;
  return (user! + nice! + system! + irq! + softIrq) * TICK_US;
}

/** The most memory the process has held so far. MB. */
export function peakMemoryMB(pid: number): number | undefined {
  const kilobytes = /^VmHWM:\s*([0-9]+) kB$/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return kilobytes === undefined ? undefined : (Number(kilobytes) * 1024) / 1e6;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
