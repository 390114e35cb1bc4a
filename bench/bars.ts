import type { Row } from './report';

type Bar = NonNullable<Row['bar']>;

/** `text` names the limit with its unit. NaN meets nothing. */
export const atLeast = (value: number, limit: number, text = limit.toFixed(2)): Bar => ({
  text: `≥ ${text}`,
  met: value >= limit,
});

export const atMost = (value: number, limit: number, text: string): Bar => ({ text: `≤ ${text}`, met: value <= limit });

export const exactly = (value: number, wanted: number, text = `${wanted}`): Bar => ({ text, met: value === wanted });
