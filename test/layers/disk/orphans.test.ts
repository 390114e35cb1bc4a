import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { journalHeader } from '../../../src/layers/disk/journal-file';
import { journalPlaceFor } from '../../../src/layers/disk/place';
import { fill, newHome, openDisk } from './support';

/** What a process that ended leaves in the journal's directory. */
function leftBy(pid: number, journalDir: string, dataDir: string, id: number): string[] {
  const place = journalPlaceFor(journalDir, dataDir, () => id / 16);
  const header = journalHeader(place.ref, 1, { ...place.owner, pid });
  const name = `${journalDir}/${place.ref.name}`;
  fs.writeFileSync(`${name}.a`, '');
  fs.writeFileSync(`${name}.b`, header);
  fs.writeFileSync(place.distrustMark, header);
  return [`${place.ref.name}.a`, `${place.ref.name}.b`];
}

test('a start removes journals whose directory and process are no more, and no others', async () => {
  const home = newHome();
  const [gone, kept, alive, elsewhere] = ['gone', 'kept', 'alive', 'elsewhere'].map((name) => {
    const dir = join(home.dir, '..', name);
    fs.mkdirSync(dir);
    return dir;
  }) as [string, string, string, string];
  const { pid } = spawnSync('true');
  leftBy(pid, home.journalDir, gone, 1);
  const stay = [...leftBy(pid, home.journalDir, kept, 2), ...leftBy(process.pid, home.journalDir, alive, 3)];
  const place = journalPlaceFor(home.journalDir, elsewhere, () => 0.5);
  const foreign = { ...place.owner, pid, space: 'mnt:[1] pid:[1]' };
  fs.writeFileSync(join(home.journalDir, `${place.ref.name}.a`), journalHeader(place.ref, 1, foreign));
  const unknown = ['larder-0123456789abcdef-0123456789abcdef.a', 'somebody-elses', 'larder-notes.txt'];
  for (const name of unknown) fs.writeFileSync(join(home.journalDir, name), 'not a header');
  for (const dir of [gone, alive, elsewhere]) fs.rmdirSync(dir);

  const { disk } = await openDisk(home);
  await fill(disk, 1);
  const left = fs.readdirSync(home.journalDir);
  expect(left).toEqual(expect.arrayContaining([...stay, ...unknown, `${place.ref.name}.a`]));
  const marks = left.filter((name) => name.endsWith('-distrusted'));
  // Ours: two journals and a watermark. The mark of `gone` went with its journals.
  expect(left).toHaveLength(stay.length + unknown.length + 1 + 3 + marks.length);
  expect(marks).toHaveLength(2);
});

test('the number of a process that ended may be taken by another one', async () => {
  const home = newHome();
  const dir = join(home.dir, '..', 'gone');
  fs.mkdirSync(dir);
  const { ref, owner } = journalPlaceFor(home.journalDir, dir, () => 0.5);
  fs.writeFileSync(`${home.journalDir}/${ref.name}.a`, journalHeader(ref, 1, { ...owner, startedAt: '1' }));
  fs.rmdirSync(dir);
  const { disk } = await openDisk(home);
  await fill(disk, 1);
  expect(fs.readdirSync(home.journalDir)).toHaveLength(3);
});
