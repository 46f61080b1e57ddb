/** A model's report as text for a terminal of 100 columns. Pure. */
import type { ModelReport, PartitionReport } from '../status/report.ts';
import { oneLine } from './failure.ts';

const WIDTH = 100;
/** A longer name of an owner loses its middle. */
const OWNER_WIDTH = 40;
const LABEL_WIDTH = 12;
const UNKNOWN = '–';

interface Column {
  readonly name: string;
  readonly align: 'left' | 'right';
  readonly cell: (partition: PartitionReport) => string;
}

const numbers = (name: 'partition' | 'startOffset' | 'endOffset' | 'checkpoint' | 'lag'): Column => ({
  name,
  align: 'right',
  cell: (partition) => String(partition[name] ?? UNKNOWN),
});

const COLUMNS: readonly Column[] = [
  numbers('partition'),
  numbers('startOffset'),
  numbers('endOffset'),
  numbers('checkpoint'),
  numbers('lag'),
  { name: 'owner', align: 'left', cell: ({ owner }) => (owner === null ? UNKNOWN : shortened(oneLine(owner))) },
  { name: 'state', align: 'left', cell: ({ state }) => oneLine(state) },
];

/** The report: a heading, a table of the partitions, and what else there is to know, one line each. Ends with a newline. */
export function reportText(report: ModelReport): string {
  const lines = [
    `${oneLine(report.model)}: ${report.ok ? 'ok' : 'needs a person'} (${oneLine(report.at)})`,
    ...table(report.partitions),
    ...notes(report.partitions),
    row('reads', report.reads),
    row('writes', report.writes),
    ...('problem' in report.log ? [] : logLines(report.log)),
    ...('problem' in report.view ? [] : [row('view', viewText(report.view))]),
    ...(report.quarantined === null ? [] : [row('quarantine', counted(report.quarantined, 'record'))]),
    ...labelled('problems', report.problems),
  ];
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

/** What was found of a topic, or of any log: one line each, without the heading. */
export function logLines(log: {
  readonly id: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}): string[] {
  const settings = Object.entries(log.settings).map(([name, value]) => oneLine(`${name}=${value}`));
  return [
    row('log', oneLine(log.id)),
    ...labelled('settings', wrapped(settings)),
    ...labelled('warnings', log.warnings),
  ];
}

/** A line with a label in the first column. */
export function row(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${text}`;
}

/** Several lines under one label; `none` where there are none. Never cut: a line may hold a command to copy. */
function labelled(label: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [row(label, 'none')];
  return lines.map((line, at) => row(at === 0 ? label : '', oneLine(line)));
}

function viewText({ generation, entities, doubt }: Exclude<ModelReport['view'], { problem: string }>): string {
  if (generation === null) return 'no generation';
  const held = entities === null ? '' : `, ${entities === 1 ? '1 entity' : `${entities} entities`}`;
  const doubted = doubt === null ? '' : `, ${doubt.held ? 'held' : 'not trusted'}: ${doubt.reason}`;
  return oneLine(`generation ${generation}${held}${doubted}`);
}

/** `1 record`, `2 records`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function table(partitions: readonly PartitionReport[]): string[] {
  if (partitions.length === 0) return [];
  const cells = COLUMNS.map(({ name, cell }) => [name, ...partitions.map(cell)]);
  const widths = cells.map((column) => Math.max(...column.map(({ length }) => length)));
  return Array.from({ length: partitions.length + 1 }, (_, line) =>
    COLUMNS.map(({ align }, at) => {
      const [text, width] = [cells[at]?.[line] ?? '', widths[at] ?? 0];
      return align === 'right' ? text.padStart(width) : text.padEnd(width);
    }).join('  '),
  );
}

function notes(partitions: readonly PartitionReport[]): string[] {
  if (!partitions.some(({ state }) => state === 'held')) return [];
  return ['held: an open transaction of some producer holds back records; they are applied when it ends'];
}

function shortened(text: string): string {
  if (text.length <= OWNER_WIDTH) return text;
  const start = Math.floor((OWNER_WIDTH - 1) / 2);
  return `${text.slice(0, start)}…${text.slice(text.length - (OWNER_WIDTH - 1 - start))}`;
}

/** The items in as few lines as fit beside the label. */
function wrapped(items: readonly string[]): string[] {
  const lines: string[] = [];
  for (const item of items) {
    const line = lines.at(-1);
    if (line !== undefined && LABEL_WIDTH + line.length + item.length + 2 <= WIDTH)
      lines[lines.length - 1] = `${line}, ${item}`;
    else lines.push(item);
  }
  return lines;
}
