// Run by kills.test.ts and power-cut.test.ts: writes and kills rows and says on stdout what is acknowledged. With a phase, the
// process is killed at the k-th call of the disk in it; otherwise it goes on until somebody kills it.
const fs = require('node:fs');
const [, , dir, journalDir, durability, phase = '', k = '0'] = process.argv;
const { DiskLayer } = require('../../../dist/src/layers/disk/disk-layer');
const { bytes, world } = require('./child-world');

const FAR = 1_000_000_000;
const ROUNDS = 12;
/** Rounds that a row lives: time for it to reach the disk. */
const AHEAD = 20;
const calls = new SharedArrayBuffer(4);
/** From now on, the k-th call is the last. */
const begin = (name) => {
  if (phase === name) Atomics.store(new Int32Array(calls), 0, FAR - Number(k));
};
// Synchronously: what was acknowledged is known, however soon the end comes.
const say = (text) => fs.writeSync(1, `${text}\n`);

async function main() {
  const failpoint = { at: FAR, forever: false, code: 'KILL', calls };
  for (const name of ['boot', 'migration', 'quarantine']) begin(name);
  const disk = new DiskLayer({
    dir,
    journalDir,
    durability,
    world,
    journalBytesMax: 4096,
    ...(phase && { failpoint }),
  });
  const { epoch } = await disk.open();
  let version = epoch;
  const write = (key, padding = 0) => {
    disk.reserveEpochs(++version);
    const fields = { db: 0, type: 0, expiresAt: Number.POSITIVE_INFINITY, hits: 0, tags: [], sources: [] };
    disk.writeRow({ ...fields, key: bytes(key), value: bytes(`${key}@${version}${' '.repeat(padding)}`), version });
  };
  const die = async (key) => {
    disk.kill(0, bytes(key), ++version);
    disk.reserveEpochs(version);
    await disk.commit();
    say(`dead ${key}`);
  };
  // What an earlier run left dies first, while it is not settled yet.
  for (let i = 0; i < 20; i++) await die(`old${i}`);
  for (let i = 0; i < 200; i++) write(`kept${i}`);
  for (let i = 0; i < AHEAD; i++) write(`gone${i}`);
  await disk.flushed();
  say('flushed');
  begin('batch');
  begin('checkpoint');
  for (let i = 0; phase === '' || i < ROUNDS; i++) {
    write(`gone${i + AHEAD}`, phase === 'checkpoint' ? 900_000 : 0);
    await disk.flushed();
    await die(`gone${i}`);
  }
  begin('shutdown');
  say(`closed ${await disk.close(true)}`);
  process.exit(0);
}

main();
