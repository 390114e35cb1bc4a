import { CLIENT_NAME } from '../framework/faults';

/** A name that CLIENT LIST can show in one field: printable ASCII without blanks. Throws otherwise. */
export function checkClientName(name: string): void {
  if (/[^!-~]/.test(name)) throw CLIENT_NAME;
}
