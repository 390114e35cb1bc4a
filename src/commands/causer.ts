import type { Causer } from '../engine/api';
import type { Context } from './context';

/** Who asks, for WHY and the record of invalidations: `id=7 addr=127.0.0.1:50312 name=deploy`. */
export function causerOf({ client }: Context, reason?: string): Causer {
  const name = client.name === '' ? '' : ` name=${client.name}`;
  return { client: `id=${client.id} addr=${client.address}${name}`, reason };
}
