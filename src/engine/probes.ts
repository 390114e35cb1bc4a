import type { Bytes } from '../base/bytes';
import type { InvalidationEvent, LoadNews, Probe } from './probe';

/** Tells several, who may come after the engine is built. */
export class Probes implements Probe {
  private readonly all: Partial<Probe>[] = [];

  add(probe: Partial<Probe>): void {
    this.all.push(probe);
  }

  evicted(slot: number): void {
    for (const probe of this.all) probe.evicted?.(slot);
  }
  invalidated(event: InvalidationEvent): void {
    for (const probe of this.all) probe.invalidated?.(event);
  }
  massInvalidated(event: InvalidationEvent): void {
    for (const probe of this.all) probe.massInvalidated?.(event);
  }
  loaded(news: LoadNews): void {
    for (const probe of this.all) probe.loaded?.(news);
  }
  hit(db: number, key: Bytes, sizeBytes: number, weight: number, tookMs: number): void {
    for (const probe of this.all) probe.hit?.(db, key, sizeBytes, weight, tookMs);
  }
  staleHit(db: number, key: Bytes): void {
    for (const probe of this.all) probe.staleHit?.(db, key);
  }
  diskRead(db: number, key: Bytes, sizeBytes: number, tookMs: number): void {
    for (const probe of this.all) probe.diskRead?.(db, key, sizeBytes, tookMs);
  }
  missed(db: number, key: Bytes, reason: number): void {
    for (const probe of this.all) probe.missed?.(db, key, reason);
  }
}
