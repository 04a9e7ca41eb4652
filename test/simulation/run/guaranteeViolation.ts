/** A violated guarantee of the engine. `guarantee` names it, so a shorter scenario can be checked for the same one. */
export class GuaranteeViolation extends Error {
  constructor(
    readonly guarantee: string,
    details: string,
  ) {
    super(`${guarantee}: ${details}`);
    this.name = 'PromiseBroken';
  }
}
