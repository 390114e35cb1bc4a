import { type CaseResult, table, withSection } from '../../bench/report';

const NAMES = ['wire', 'memory', 'stalls'];

describe('RESULTS.md', () => {
  test('a case replaces its own section and leaves the others as they are', () => {
    let document = withSection('', NAMES, 'wire', '## wire\n\nold $& figures');
    document = withSection(document, NAMES, 'stalls', '## stalls\n\nkept');
    const updated = withSection(document, NAMES, 'wire', '## wire\n\nnew $& figures');
    expect(updated).toBe(document.replace('old', 'new'));
    expect(updated).toContain('new $& figures');
  });

  test('writing the same section again changes nothing', () => {
    const document = withSection('', NAMES, 'memory', '## memory');
    expect(withSection(document, NAMES, 'memory', '## memory')).toBe(document);
  });

  test('sections stand in the order of the cases, whichever ran first; unknown ones come last', () => {
    let document = '';
    for (const name of ['gone', 'stalls', 'memory', 'wire'])
      document = withSection(document, NAMES, name, `## ${name}`);
    expect(document.match(/^## \w+/gm)).toEqual(['## wire', '## memory', '## stalls', '## gone']);
    expect(document.startsWith('# Results')).toBe(true);
  });

  test('a row shows its bar and whether it was met', () => {
    const result: CaseResult = {
      rows: [
        { figure: 'GET', subject: '2/s', pair: '1/s', ratio: '2.00', bar: { text: '≥ 1.00', met: true } },
        { figure: 'a|b', subject: '1/s', bar: { text: '≥ 2.00', met: false } },
      ],
      notes: [],
    };
    expect(table(result, 'Larder', 'redis-server').split('\n')).toEqual([
      '| figure | Larder | redis-server | ratio (min–max) | bar |  |',
      '| --- | --- | --- | --- | --- | --- |',
      '| GET | 2/s | 1/s | 2.00 | ≥ 1.00 | met |',
      '| a\\|b | 1/s |  |  | ≥ 2.00 | **missed** |',
    ]);
  });
});
