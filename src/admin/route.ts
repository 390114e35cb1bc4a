import type { ServerResponse } from 'node:http';
import type { Asked } from './asked';
import type { AdminHouse } from './house';

interface AnyRoute {
  readonly path: string;
  /** One line, for the table of the README. */
  readonly about: string;
  /** Names in the query string or the body, for the same. */
  readonly takes?: readonly string[];
}

/** Answers with something to be sent as JSON, or as `type`. A GET changes nothing. */
export interface AnsweringRoute extends AnyRoute {
  readonly method: 'GET' | 'POST';
  readonly type?: string;
  answer(house: AdminHouse, asked: Asked): unknown;
}

/** Writes for as long as it likes. */
export interface StreamingRoute extends AnyRoute {
  readonly method: 'GET';
  stream(response: ServerResponse): void;
}

export type Route = AnsweringRoute | StreamingRoute;

export function get(
  path: string,
  about: string,
  answer: AnsweringRoute['answer'],
  takes: readonly string[] = [],
): AnsweringRoute {
  return { method: 'GET', path, about, takes, answer };
}

export function post(
  path: string,
  about: string,
  answer: AnsweringRoute['answer'],
  takes: readonly string[] = [],
): AnsweringRoute {
  return { method: 'POST', path, about, takes, answer };
}
