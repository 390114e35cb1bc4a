import type { EvictionPolicy } from './policy';

/** Nothing leaves: writes fail when memory is full. */
export class NoEviction implements EvictionPolicy {
  readonly name = 'noeviction';
  readonly bytesUsed = 0;
  readonly size = 0;
  added(): void {}
  removed(): void {}
  touched(): void {}
  ttlChanged(): void {}
  victim(): number {
    return 0;
  }
  has(): boolean {
    return false;
  }
  mayEvict(): boolean {
    return false;
  }
  audit(): void {}
}
