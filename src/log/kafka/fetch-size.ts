/** How much of a partition to ask a broker for. Pure. */
import { SIZE_IS_IN, sizeOfBatch } from './record-batches.ts';

/** The batches of one producer are nearly of one size. */
const VARIATION = 1 / 16;

/**
 * Bytes to ask for after this answer, at most `most`: as many record batches as fit, if they go on to be as large as the
 * largest of it. A broker cuts its answer anywhere, and what is cut off has to be sent again.
 */
export function sizeToAskFor(records: Buffer, most: number): number {
  let largest = 0;
  let at = 0;
  while (at + SIZE_IS_IN <= records.length) {
    const size = sizeOfBatch(records, at);
    // Nonsense; whoever decodes it will say so.
    if (size <= 0) return most;
    largest = Math.max(largest, size);
    at += size;
  }
  const nothingWasCutOff = at === records.length;
  if (nothingWasCutOff || largest === 0 || largest > most) return most;
  const batches = Math.floor(most / largest);
  return Math.min(most, Math.ceil((batches + VARIATION) * largest));
}
