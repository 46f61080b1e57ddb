/** Lists of small whole numbers as one argument of a script: many small arguments are dear, in Node.js and in Redis. */

/** The list as MessagePack, for `cmsgpack.unpack`. Numbers are 0 … 2^32 - 1. */
export function packNumbers(numbers: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(5 + 5 * numbers.length);
  bytes[0] = 0xdd;
  let end = bytes.writeUInt32BE(numbers.length, 1);
  for (const number of numbers) {
    if (number < 0x80) bytes[end++] = number;
    else if (number < 0x1_00_00) {
      bytes[end++] = 0xcd;
      bytes[end++] = number >>> 8;
      bytes[end++] = number & 0xff;
    } else {
      bytes[end++] = 0xce;
      end = bytes.writeUInt32BE(number, end);
    }
  }
  return bytes.subarray(0, end);
}
