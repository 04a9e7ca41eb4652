/** A broken promise of the engine. `promise` names it, so a shorter scenario can be checked for the same one. */
export class PromiseBroken extends Error {
  constructor(
    readonly promise: string,
    details: string,
  ) {
    super(`${promise}: ${details}`);
    this.name = 'PromiseBroken';
  }
}
