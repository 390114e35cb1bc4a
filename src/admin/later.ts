/**
 * What other parts of monitoring answer for, as JSON; each is 404 until the sidecar gives it. Every key and tag in an answer
 * must have gone through `escapeName`.
 */
export interface Later {
  readonly trends?: { json(): object };
  readonly alerts?: { json(): object };
  readonly missRatio?: { json(): object };
  readonly report?: { json(window: string): object | Promise<object> };
  readonly doctor?: { json(): object | Promise<object> };
}
