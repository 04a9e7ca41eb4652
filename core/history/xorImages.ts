/**
 * Combines two images by XOR, as if the shorter one were padded with zeros. Writes the result to `image`, which must
 * not be the shorter one.
 */
export function xorInto(image: Buffer, other: Buffer): void {
  const length = Math.min(image.length, other.length);
  const words = (image.byteOffset | other.byteOffset) % 4 === 0 ? length >>> 2 : 0;
  const target = new Uint32Array(image.buffer, words === 0 ? 0 : image.byteOffset, words);
  const source = new Uint32Array(other.buffer, words === 0 ? 0 : other.byteOffset, words);
  for (let i = 0; i < words; i += 1) target[i] = (target[i] ?? 0) ^ (source[i] ?? 0);
  for (let i = words * 4; i < length; i += 1) image[i] = (image[i] ?? 0) ^ (other[i] ?? 0);
}

/** A copy of `image`, padded with zeros to at least `length`. */
export function padWithZeros(image: Buffer, length: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(Math.max(length, image.length));
  image.copy(copy);
  return copy.fill(0, image.length);
}
