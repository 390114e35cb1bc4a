// What the disk layer's child processes have in common: real timers, a clock that stands still, and keys as bytes.
const world = {
  clock: { now: 1000, wallOffsetMs: 0, refresh: () => 1000, fineMs: () => performance.now() },
  scheduler: {
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
    soon: (run) => {
      const turn = setImmediate(run);
      return () => clearImmediate(turn);
    },
  },
  log: { debug() {}, info() {}, warn() {}, error() {} },
  random: Math.random,
};
const bytes = (text) => ({ buf: Buffer.from(text), start: 0, end: text.length });

module.exports = { world, bytes };
