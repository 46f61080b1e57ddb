/** The compressions that Kafka's producers know, undone. */
import { compressionsAlgorithmsByBitmask } from '@platformatic/kafka';

/** `compression` is the number in the batch's attributes: 1 gzip, 2 snappy, 3 lz4, 4 zstd. Throws where it is another, or the bytes are broken. */
export function decompressed(compression: number, bytes: Buffer): Buffer {
  const algorithm = compressionsAlgorithmsByBitmask[compression];
  if (algorithm === undefined) throw new Error(`compression ${compression} is not known`);
  return algorithm.decompressSync(bytes);
}
