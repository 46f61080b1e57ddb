/** `npm run build`: compiles src and app to dist (Node strips no types under node_modules) and builds the web app. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

function run(command: string, ...args: string[]): void {
  const { status } = spawnSync(command, args, { stdio: 'inherit', cwd: root });
  if (status !== 0) process.exit(status ?? 1);
}

for (const folder of ['dist/src', 'dist/app']) rmSync(`${root}${folder}`, { recursive: true, force: true });
run('tsc', '-p', 'tsconfig.build.json');
run('node', 'scripts/build-web.ts');
