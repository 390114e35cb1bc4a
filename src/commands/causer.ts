import type { Causer } from '../engine/api';
import type { Client, Context } from './context';

/** A client for WHY and the record of invalidations: `id=7 addr=127.0.0.1:50312 name=deploy`. */
export function clientText({ id, address, name }: Client): string {
  return `id=${id} addr=${address}${name === '' ? '' : ` name=${name}`}`;
}

/** Who asks. */
export function causerOf({ client }: Context, reason?: string): Causer {
  return { client: clientText(client), reason };
}
