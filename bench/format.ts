import type { Ratio } from './statistics';

/** Numbers as a person reads them. */
export const count = (value: number) => Math.round(value).toLocaleString('en-US');
export const perSecond = (value: number) => `${count(value)}/s`;
export const bytes = (value: number) => `${count(value)} B`;
export const mebibytes = (value: number) => `${count(value / 1024 / 1024)} MiB`;
export const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
export const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
/** Microseconds in, milliseconds out. */
export const usAsMs = (value: number) => ms(value / 1000);
export const ratio = (value: Ratio) => `${value.value.toFixed(2)} (${value.min.toFixed(2)}–${value.max.toFixed(2)})`;
export const plainRatio = (value: number) => value.toFixed(2);
