import { Fault } from '../base/fault';
import type { MemoryLayer } from '../layers/memory/memory-layer';
import { DIRTY, ON_DISK } from '../layers/memory/record';
import type { Core } from './core';

/** Bytes an entry takes beside its key and value, for asking whether there is room before there is an entry. */
const ENTRY_OVERHEAD_BYTES = 80;
/** About what a stub takes: record, index, a short key. */
const STUB_BYTES = 96;
const STUBS_SHARE_MAX = 0.5;

const OUT_OF_MEMORY = new Fault("OOM command not allowed when used memory > 'maxmemory'.");

/** Who has to go so that others may come: the memory limit, shared by values and by stubs of values on disk. */
export class Room {
  private readonly memory: MemoryLayer;

  constructor(private readonly core: Core) {
    this.memory = core.memory;
  }

  has(keyBytes: number, valueBytes: number): boolean {
    return this.memory.usedBytes + keyBytes + valueBytes + ENTRY_OVERHEAD_BYTES <= this.memory.maxMemoryBytes;
  }

  /** Makes room for so many bytes of key and value. Throws the OOM fault if nothing may leave. */
  make(keyBytes: number, valueBytes: number): void {
    const { memory } = this;
    if (this.has(keyBytes, valueBytes)) return;
    const need = keyBytes + valueBytes + ENTRY_OVERHEAD_BYTES;
    if (need > memory.maxMemoryBytes) throw OUT_OF_MEMORY;
    while (memory.usedBytes + need > memory.maxMemoryBytes) if (!this.evictOne()) throw OUT_OF_MEMORY;
  }

  /**
   * Lets one entry go: a resident that also rests on disk stays in the directory as a stub, unless stubs already take
   * their share; then the oldest stub goes.
   */
  evictOne(): boolean {
    const { memory } = this;
    if (this.stubsOverShare()) return this.evictStub();
    const slot = memory.victim();
    if (slot === 0) return this.evictStub();
    this.evict(slot);
    return true;
  }

  /** Stubs may take half of the memory: beyond that, keys of values on disk would push out values. */
  stubsOverShare(): boolean {
    const { memory } = this;
    return memory.eviction.stubs.size * STUB_BYTES > memory.maxMemoryBytes * STUBS_SHARE_MAX;
  }

  private evict(slot: number): void {
    const { core, memory } = this;
    const { counters } = core;
    if (core.disk !== null && memory.flag(slot, ON_DISK) && !memory.flag(slot, DIRTY) && core.isLive(slot)) {
      memory.dropValue(slot);
      counters.demoted++;
      return;
    }
    counters.evicted++;
    core.probe.evicted(slot);
    core.remove(slot, 'evicted');
  }

  private evictStub(): boolean {
    const slot = this.memory.stubVictim();
    if (slot === 0) return false;
    this.core.counters.stubsEvicted++;
    this.core.counters.evicted++;
    this.core.probe.evicted(slot);
    this.core.remove(slot, 'evicted');
    return true;
  }
}
