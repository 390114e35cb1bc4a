import type { AlertRule } from '../../config';

export type AlertState = 'ok' | 'pending' | 'firing' | 'clearing';

/** Where neither the limit nor what clears it is given: so far on the better side. */
const CLEAR_SHARE = 0.1;

/** One rule and how it stands. It fires once its value was bad for `forMs`, and is over once it was good for `clearForMs`. */
export class Alert {
  state: AlertState = 'ok';
  /** Clock ms of the last change of state. */
  sinceMs = 0;
  /** The last one known. */
  value: number | undefined;
  fired = 0;

  constructor(
    readonly rule: AlertRule,
    private readonly limitNow: () => number,
  ) {}

  get limit(): number {
    return this.rule.limit ?? this.limitNow();
  }

  get isFiring(): boolean {
    return this.state === 'firing' || this.state === 'clearing';
  }

  /** `value` undefined: not known, or of too little. True: it fires now, or does so no more. */
  look(value: number | undefined, nowMs: number): boolean {
    if (value === undefined) {
      if (this.state === 'pending') this.become('ok', nowMs);
      return false;
    }
    this.value = value;
    const before = this.isFiring;
    if (this.isFiring) this.lookFiring(value, nowMs);
    else this.lookQuiet(value, nowMs);
    return this.isFiring !== before;
  }

  private lookQuiet(value: number, nowMs: number): void {
    if (!this.isBad(value)) {
      if (this.state === 'pending') this.become('ok', nowMs);
      return;
    }
    if (this.state === 'ok') this.become('pending', nowMs);
    if (nowMs - this.sinceMs < this.rule.forMs) return;
    this.become('firing', nowMs);
    this.fired++;
  }

  private lookFiring(value: number, nowMs: number): void {
    if (!this.isGood(value)) {
      if (this.state === 'clearing') this.become('firing', nowMs);
      return;
    }
    if (this.state === 'firing') this.become('clearing', nowMs);
    if (nowMs - this.sinceMs >= this.rule.clearForMs) this.become('ok', nowMs);
  }

  private isBad(value: number): boolean {
    return this.rule.worse === 'above' ? value > this.limit : value < this.limit;
  }

  private isGood(value: number): boolean {
    const isAbove = this.rule.worse === 'above';
    const clear = this.rule.clear ?? this.limit * (isAbove ? 1 - CLEAR_SHARE : 1 + CLEAR_SHARE);
    return isAbove ? value <= clear : value >= clear;
  }

  private become(state: AlertState, nowMs: number): void {
    this.state = state;
    this.sinceMs = nowMs;
  }
}
