import { FirstJsonValue } from './firstJsonValue.js';

/** The limits of `readJsonInput`. */
export interface InputLimits {
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/**
 * The first JSON object or array of standard input. Does not wait for the end of the input, because a client may leave
 * it open. Returns the text so far when the input ends or reaches a limit, or if it does not begin with such JSON.
 */
export async function readJsonInput({ maxBytes, timeoutMs }: InputLimits): Promise<string> {
  // Loading Node's streams takes milliseconds, but a read without them cannot be cancelled and keeps the process alive.
  const { stdin } = process;
  const chunks: Buffer[] = [];
  const value = new FirstJsonValue();
  let remaining = maxBytes;
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      stdin.destroy();
      resolve();
    };
    const timer = setTimeout(finish, timeoutMs);
    stdin.on('data', (chunk: Buffer) => {
      const piece = chunk.subarray(0, remaining);
      const end = value.add(piece);
      chunks.push(typeof end === 'number' ? piece.subarray(0, end) : piece);
      remaining -= piece.length;
      if (end !== 'incomplete' || remaining === 0) finish();
    });
    stdin.once('end', finish);
    stdin.on('error', finish);
  });
  return Buffer.concat(chunks).toString('utf8');
}
