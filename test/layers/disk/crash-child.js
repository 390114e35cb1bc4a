// Run by restart.test.ts: writes and kills rows, says on stdout what is acknowledged, and goes on until it is killed.
const [, , dir, journalDir, durability] = process.argv;
const { DiskLayer } = require('../../../dist/src/layers/disk/disk-layer');
const { bytes, world } = require('./child-world');

async function main() {
  const disk = new DiskLayer({ dir, journalDir, durability, world, journalBytesMax: 4096 });
  const { epoch } = await disk.open();
  let version = epoch;
  const write = (key) => {
    disk.reserveEpochs(++version);
    const fields = { db: 0, type: 0, expiresAt: Number.POSITIVE_INFINITY, hits: 0, tags: [], sources: [] };
    disk.writeRow({ ...fields, key: bytes(key), value: bytes(`${key}@${version}`), version });
  };
  for (let i = 0; i < 200; i++) write(`kept${i}`);
  await disk.flushed();
  process.stdout.write('flushed\n');
  for (let i = 0; ; i++) {
    write(`gone${i}`);
    await disk.flushed();
    disk.kill(0, bytes(`gone${i}`), ++version);
    disk.saveNote(`note${i % 50}`, Buffer.from(String(version)));
    disk.reserveEpochs(version);
    await disk.commit();
    process.stdout.write(`dead ${i} ${version}\n`);
  }
}

main();
