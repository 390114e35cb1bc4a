import { routesOf } from '../admin/routes';
import { code, table } from './markdown';

/** Every path of the admin port, from the routes that requests are answered by. */
export function adminTable(): string {
  const rows = routesOf().map(({ method, path, about, takes = [] }) => [
    code(`${method} ${path}`),
    about,
    takes.map(code).join(', '),
  ]);
  return table(['path', 'what it answers', 'takes'], rows);
}
