import { createHash, timingSafeEqual } from 'node:crypto';
import type { Security } from '../commands/node';
import type { Settings } from '../config';

const DEFAULT_USER = 'default';

/** One password for the default user. */
export class PasswordSecurity implements Security {
  constructor(private readonly settings: Settings) {}

  get passwordRequired(): boolean {
    return this.settings.config.requirepass !== '';
  }

  authenticate(user: string, password: string): boolean {
    const right = timingSafeEqual(digest(password), digest(this.settings.config.requirepass));
    return user === DEFAULT_USER && (right || !this.passwordRequired);
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'latin1').digest();
}
