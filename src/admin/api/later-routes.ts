import { WINDOWS } from '../../monitoring/api';
import { Refusal } from '../refusal';
import { get } from '../route';

function there<T>(part: T | undefined, what: string): T {
  if (part === undefined) throw new Refusal(404, `${what}: not built yet`);
  return part;
}

export const LATER = [
  get('/api/trends', 'what changed against before and against what is usual', ({ later }) =>
    there(later.trends, 'trends').json(),
  ),
  get('/api/alerts', 'rules and their states', ({ later }) => there(later.alerts, 'alerts').json()),
  get('/api/miss-ratio', 'hit rates that other sizes of memory and disk would have', ({ later }) =>
    there(later.missRatio, 'miss ratio').json(),
  ),
  get(
    '/api/report',
    'the report: ratings, changes, costs, what to do',
    ({ later }, asked) => there(later.report, 'report').json(asked.oneOf('window', WINDOWS, '24h')),
    ['window'],
  ),
  get('/api/doctor', 'configuration that is unsafe or useless', ({ later }) => there(later.doctor, 'doctor').json()),
];
