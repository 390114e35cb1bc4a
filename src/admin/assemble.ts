import { Admin } from './admin';
import type { AdminHouse } from './house';
import type { AdminLimits } from './limits';

/** Instead of what the settings say; for tests, which take any free port. */
export interface AdminAt {
  readonly host: string;
  readonly port: number;
  readonly limits?: AdminLimits;
}

/** The admin port, unless `admin-port` is 0. */
export function assembleAdmin(house: AdminHouse, at?: AdminAt): Admin | null {
  const { adminPort } = house.settings.config;
  if (at !== undefined) return new Admin(house, at.limits, at);
  return adminPort === 0 ? null : new Admin(house);
}
