/** What these commands share. */
export const ABOUT = {
  group: 'transactions',
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
} as const;
