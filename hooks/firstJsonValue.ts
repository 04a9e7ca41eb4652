/**
 * Finds the end of the first JSON object or array in bytes that arrive in pieces. Only counts brackets outside
 * strings, so the text up to that end may still be invalid.
 */
export class FirstJsonValue {
  #depth = 0;
  #hasStarted = false;
  #isInString = false;
  #isEscaped = false;

  /**
   * The number of bytes of this piece up to the end of the value; `incomplete` if more are needed, `none` if the text
   * begins with something else.
   */
  add(piece: Buffer): number | 'incomplete' | 'none' {
    for (let at = 0; at < piece.length; at += 1) {
      const byte = piece[at] ?? 0;
      if (this.#isInString) this.#readInString(byte);
      else if (!this.#hasStarted && !OPENING.has(byte)) {
        if (!SPACE.has(byte)) return 'none';
      } else if (this.#closesAt(byte)) return at + 1;
    }
    return 'incomplete';
  }

  #closesAt(byte: number): boolean {
    if (OPENING.has(byte)) {
      this.#hasStarted = true;
      this.#depth += 1;
    } else if (byte === QUOTE) this.#isInString = true;
    else if (CLOSING.has(byte)) this.#depth -= 1;
    return this.#depth === 0;
  }

  #readInString(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) this.#isInString = false;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING: ReadonlySet<number> = new Set([0x7b, 0x5b]);
const CLOSING: ReadonlySet<number> = new Set([0x7d, 0x5d]);
const SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
