#!/usr/bin/env node
/**
 * The command `kmodel`. This file only checks the version of Node.js, so it is written in syntax that old versions parse
 * and imports nothing before the check; the commands are in cli/run.ts.
 */
const LEAST_NODE = 24;

if (Number(process.versions.node.split('.')[0]) < LEAST_NODE) {
  process.stderr.write(
    'kmodel needs Node.js ' +
      LEAST_NODE +
      ' or newer; this is v' +
      process.versions.node +
      ' (install a newer one from https://nodejs.org)\n',
  );
  process.exitCode = 1;
} else {
  import('./cli/run.ts')
    .then(function (commands) {
      return commands.run(process.argv.slice(2), process);
    })
    .then(exit, function (error) {
      process.stderr.write('kmodel: internal error: ' + String(error).replace(/\s+/g, ' ') + '\n');
      exit(1);
    });
}

/** After success the process ends by itself, once nothing is open; a failure ends it even where something still is. */
function exit(code: number) {
  process.exitCode = code;
  if (code === 0) return;
  process.stdout.write('', function () {
    process.stderr.write('', function () {
      process.exit(code);
    });
  });
}
