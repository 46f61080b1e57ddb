/**
 * Sees to it that nothing outlives the process that started it. One small shell process of its own group listens on a
 * pipe; when the pipe closes (we ended, however: exit, a signal, SIGKILL), it ends the servers that are still written
 * down and removes their folders. So there is one way of ending for all ways of dying, and no signal to catch here.
 */
import { spawn, type ChildProcess } from 'node:child_process';

/** What must not outlive us: a process with its group, a container, or a folder. */
export type Kept =
  | { readonly kind: 'process'; readonly pid: number }
  | { readonly kind: 'container'; readonly name: string }
  | { readonly kind: 'folder'; readonly path: string };

// Signals are ignored: a Ctrl-C goes to a whole group, and this must be the last one standing. The wait before a folder
// is removed is bounded, since a dead process that nobody collects looks alive.
const SCRIPT = `
trap '' INT TERM HUP
kept=
while IFS= read -r line; do
  case $line in
    'keep '*) kept="$kept\${line#keep }
" ;;
    'drop '*) kept="$(printf %s "$kept" | grep -vxF -e "\${line#drop }")
" ;;
  esac
done
each() {
  printf %s "$kept" | while IFS= read -r line; do
    case $line in "$1 "*) "$2" "\${line#* }" ;; esac
  done
}
end_process() { kill -9 "-$1" && for i in 1 2 3 4 5 6 7 8 9 10; do kill -0 "-$1" && sleep 0.1; done; }
end_container() { docker rm --force --volumes -- "$1"; }
end_folder() { rm -rf -- "$1"; }
each process end_process
each container end_container
each folder end_folder
`;

let keeper: ChildProcess | undefined;

function tell(verb: 'keep' | 'drop', kept: Kept): void {
  if (keeper === undefined) {
    keeper = spawn('sh', ['-c', SCRIPT], { detached: true, cwd: '/', stdio: ['pipe', 'ignore', 'ignore'] });
    // Neither the process nor the pipe may keep this one running.
    keeper.unref();
    (keeper.stdin as unknown as { unref(): void }).unref();
  }
  keeper.stdin!.write(`${verb} ${line(kept)}\n`);
}

function line(kept: Kept): string {
  const name = kept.kind === 'process' ? String(kept.pid) : kept.kind === 'container' ? kept.name : kept.path;
  if (name.includes('\n')) throw new Error(`a name with a line break can't be kept: ${JSON.stringify(name)}`);
  return `${kept.kind} ${name}`;
}

/** From now on this ends with us. A process must lead its own group (`detached`). */
export function keep(kept: Kept): void {
  tell('keep', kept);
}

/** It has ended: whatever has its number or name from now on isn't ours. */
export function drop(kept: Kept): void {
  tell('drop', kept);
}
