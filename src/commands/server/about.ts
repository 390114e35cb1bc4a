/** What most commands of this folder have in common. */
export const ADMIN = {
  group: 'server',
  flags: ['admin', 'noscript', 'loading', 'stale'],
  complexity: 'O(1)',
} as const;
