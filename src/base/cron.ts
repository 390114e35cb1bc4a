import { Cron } from 'croner';

/** Five fields (or six, with seconds first) of a crontab, such as `0 6 * * 1-5`; times are those of the zone, UTC without one. */
export class CronTimes {
  private readonly cron: Cron;

  /** Throws Error with one line that says what is wrong. */
  constructor(
    readonly expression: string,
    timezone = '',
  ) {
    const isUtc = timezone === '' || timezone === 'UTC';
    if (!isUtc && !isTimezone(timezone)) throw new Error(`there is no time zone '${timezone}'`);
    try {
      // The first use of zones costs milliseconds: UTC goes without.
      this.cron = new Cron(expression, { paused: true, ...(isUtc ? { utcOffset: 0 } : { timezone }) });
    } catch (error) {
      throw new Error((error as Error).message.replace(/^\w+: /, '').replace(/[\x00-\x1f\x7f]/g, '?'));
    }
    // A date, or no time at all: it would run once, or never.
    if (expression.trim().split(/\s+/).length < 5) throw new Error('expected five fields such as 0 6 * * *');
  }

  /** Wall-clock ms of the first time after `wallMs`; undefined if there is none. */
  after(wallMs: number): number | undefined {
    return this.cron.nextRun(new Date(wallMs))?.getTime();
  }
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
