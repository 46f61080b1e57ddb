/** The program that is measured: the one of this folder, or that of a commit in a worktree of its own. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A folder of kmodel with its compiled program. */
export interface Tree {
  /** `here`, or the commit in short. */
  readonly name: string;
  readonly root: string;
}

/** What is published is what is measured: the compiled program, which `npm run bench` has built. */
export const HERE: Tree = { name: 'here', root: fileURLToPath(new URL('..', import.meta.url)) };

/** The command line of the tree's compiled program. */
export function programOf({ root }: Tree): string {
  return join(root, 'dist', 'src', 'cli.js');
}

/**
 * Checks the commit out into a temporary folder and builds it there, with the packages that are installed here. The folder
 * is removed with this process. Throws where there is no such commit, or it can't be built.
 */
export function treeOf(commit: string, say: (line: string) => void): Tree {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: HERE.root, encoding: 'utf8' }).trim();
  const name = git('rev-parse', '--short', '--verify', `${commit}^{commit}`);
  const folder = mkdtempSync(join(tmpdir(), 'kmodel-bench-against-'));
  const root = join(folder, 'kmodel');
  process.once('exit', () => {
    spawnSync('git', ['worktree', 'remove', '--force', root], { cwd: HERE.root });
    rmSync(folder, { recursive: true, force: true });
  });
  git('worktree', 'add', '--quiet', '--detach', root, name);
  const [ours, theirs] = [HERE.root, root].map((path) => readFileSync(join(path, 'package-lock.json'), 'utf8'));
  if (ours !== theirs) say(`${name} has another package-lock.json: it is measured with the packages installed here`);
  symlinkSync(join(HERE.root, 'node_modules'), join(root, 'node_modules'), 'dir');
  say(`building ${name}`);
  const path = [join(HERE.root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter);
  const options = { cwd: root, env: { ...process.env, PATH: path } };
  if (spawnSync(process.execPath, ['scripts/build.ts'], options).status !== 0)
    throw new Error(`${name} can't be built`);
  return { name, root };
}
