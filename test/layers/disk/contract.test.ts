import { DiskAsLayer } from '../../../src/layers/disk/disk-as-layer';
import { layerContract } from '../contract';
import { newHome, openDisk } from './support';

for (const durability of ['process', 'power'] as const) {
  layerContract(`the disk layer (${durability})`, async () => {
    const home = newHome();
    const { disk } = await openDisk(home, { durability });
    const { clock } = home.world;
    const layer = new DiskAsLayer(disk, clock);
    return { layer, now: () => clock.now, advance: (ms) => void (clock.now += ms) };
  });
}
