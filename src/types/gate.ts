/** A condition that a caller, such as a CI pipeline, wants to fail for. */

/** How a condition came out. */
export interface GateResult {
  /** As it was given. */
  readonly condition: string;
  /** Whether the condition holds, so that the run is to fail. */
  readonly failed: boolean;
  /** A sentence with the numbers. */
  readonly text: string;
}
