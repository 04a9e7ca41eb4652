/** A promise of the engine that does not hold. `promise` names it, so that a shorter history can be proved to break the same. */
export class PromiseBroken extends Error {
  constructor(
    readonly promise: string,
    details: string,
  ) {
    super(`${promise}: ${details}`);
    this.name = 'PromiseBroken';
  }
}
