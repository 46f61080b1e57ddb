import { readFileSync } from 'node:fs';
import { PassThrough, Writable } from 'node:stream';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { VERSION } from '../version.ts';
import { buildProgram } from './program.ts';
import { openProgress } from './progress.ts';
import { run } from './run.ts';

class Sink extends Writable {
  text = '';
  readonly isTTY: boolean = false;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

async function kmodel(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const code = await run(args, { stdin: new PassThrough(), stdout, stderr, env });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

describe('the command line', () => {
  test('prints the usage on stderr and ends with 2 where no command is given', async () => {
    const result = await kmodel([]);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain('Usage: kmodel');
  });

  test.each([
    [['strat'], "kmodel: unknown command 'strat'\n(Did you mean start?)\n"],
    [['start', '--fast'], "kmodel: unknown option '--fast'\n"],
    [['import'], "kmodel: missing required argument 'file'\n"],
    [['export', 'a', 'b'], "kmodel: too many arguments for 'export'. Expected 1 argument but got 2.\n"],
    [['export', '--url', 'x'], "kmodel: option '--url <url>' argument 'x' is invalid. Expected an address"],
    [['export', '--url', 'http://u:p@h'], "kmodel: option '--url <url>' argument 'http://u:p@h' is invalid."],
    [['export', '--model'], "kmodel: option '--model <name>' argument missing\n"],
  ])('refuses %j with the usage and ends with 2', async (args, message) => {
    const result = await kmodel(args);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain(message);
    expect(result.stderr).toContain('Usage: kmodel');
  });

  test('prints help and version on stdout and ends with 0', async () => {
    expect(await kmodel(['--version'])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
    const help = await kmodel(['--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('import [options] <file> [config]');
    expect(await kmodel(['import', '--help'])).toMatchObject({ code: 0, stderr: '' });
  });

  test.each(['start', 'client', 'worker', 'export', 'status', 'topic'])(
    'tells a wrong configuration of %s in one line',
    async (name) => {
      expect(await kmodel([name], { KMODEL_HTTP_PORT: 'x' })).toEqual({
        code: 1,
        stdout: '',
        stderr: 'kmodel: KMODEL_HTTP_PORT: expected a whole number from 0 to 65535, found the string "x"\n',
      });
    },
  );

  test.each(['client', 'worker'])('tells in one line that %s finds no Kafka', async (name) => {
    const { code, stdout, stderr } = await kmodel([name], {
      KMODEL_PRODUCER_BOOTSTRAP_SERVERS: '127.0.0.1:1',
      KMODEL_LOG_LEVEL: 'silent',
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^kmodel: no broker of 127\.0\.0\.1:1 answers: .*\n$/);
  });

  test('tells a missing file of an import before it looks for a server', async () => {
    expect(await kmodel(['import', 'no\nsuch.ndjson'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'kmodel: no such.ndjson: there is no such file\n',
    });
    expect((await kmodel(['import', '.'])).stderr).toBe('kmodel: .: expected a file, found a directory\n');
  });

  test('finds the server by the configuration, on this machine where it listens everywhere', async () => {
    const answers = await Promise.all(
      ['0.0.0.0', '::', '::1'].map((host) => kmodel(['export'], { KMODEL_HTTP_HOST: host, KMODEL_HTTP_PORT: '1' })),
    );
    expect(answers.map(({ stderr }) => /at (\S+)/.exec(stderr)?.[1])).toEqual([
      'http://127.0.0.1:1',
      'http://[::1]:1',
      'http://[::1]:1',
    ]);
    expect((await kmodel(['export'], { KMODEL_HTTP_PORT: '0' })).stderr).toContain('give its address with --url');
  });
});

describe('the progress of an import', () => {
  test('is shown on a terminal only, and gives way to lines that stay', () => {
    const plain = new Sink();
    const quiet = openProgress(plain);
    quiet.show(1, 0);
    quiet.print('line 3: bad');
    quiet.end();
    expect(plain.text).toBe('line 3: bad\n');
    const terminal = Object.assign(new Sink(), { isTTY: true });
    const shown = openProgress(terminal);
    shown.show(5, 1);
    shown.show(6, 1);
    shown.print('line 3: bad');
    shown.end();
    expect(terminal.text).toBe('\r\u001b[K5 imported, 1 failed …\r\u001b[Kline 3: bad\n\r\u001b[K');
  });
});

async function never(): Promise<number> {
  return 0;
}

/** A command's arguments and options as the page writes them. */
function rowsFor(command: Command): readonly string[] {
  return [
    ...command.registeredArguments.map((argument) => {
      const name = argument.required ? `<${argument.name()}>` : `[${argument.name()}]`;
      return `| \`${name}\` | ${argument.description} |`;
    }),
    ...command.options.map((option) => `| \`${option.flags}\` | ${option.description} |`),
  ];
}

describe('the reference of the command line', () => {
  const page = readFileSync(new URL('../../docs/reference/cli.md', import.meta.url), 'utf8');
  const program = buildProgram(
    {
      start: never,
      client: never,
      worker: never,
      import: never,
      export: never,
      status: never,
      topic: never,
      quarantineList: never,
      operate: never,
    },
    () => undefined,
  );

  /** The rows of all tables of a section, without their heads. */
  function rowsOf(heading: string): readonly string[] {
    const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
    return section.split('\n').filter((line) => line.startsWith('| `'));
  }

  test('has every command with its arguments and options', () => {
    const named = program.commands.flatMap((command) =>
      command.commands.length === 0
        ? [[command.name(), command] as const]
        : command.commands.map((inner) => [`${command.name()} ${inner.name()}`, inner] as const),
    );
    for (const [name, command] of named) {
      expect([name, rowsOf(name)]).toEqual([name, rowsFor(command)]);
      expect(page).toContain(`\n${command.description().replace(/^./, (first) => first.toUpperCase())}.`);
    }
  });

  test('has every option that stands before a command', () => {
    const rows = [...rowsFor(program), '| `-h, --help` | print the usage |'];
    expect(rowsOf('Options')).toEqual(rows);
  });
});
