import { JsonDecoder } from './cjson-decode';
import { DEFAULTS, JsonEncoder, type JsonSettings } from './cjson-encode';
import {
  argument,
  argumentCount,
  badArgument,
  bool,
  bytesArgument,
  latin1,
  light,
  limits,
  type Native,
  number,
  numberArgument,
  push,
  type Thread,
  TYPE,
  text,
  typeOf,
  type Value,
} from './fengari';

/** Settings of the script that runs; the next one begins with Redis's. */
export class Json {
  private settings: JsonSettings = { ...DEFAULTS };
  private isChanged = false;

  reset(): void {
    if (!this.isChanged) return;
    this.settings = { ...DEFAULTS };
    this.isChanged = false;
  }

  functions(): Record<string, Native> {
    return {
      encode: (L) => {
        if (argumentCount(L) !== 1) badArgument(L, 1, 'expected 1 argument');
        const json = new JsonEncoder(L, this.settings, limits.stringBytesMax).encode(argument(L, 1)!);
        return push(L, text(L, json));
      },
      decode: (L) => {
        if (argumentCount(L) !== 1) badArgument(L, 1, 'expected 1 argument');
        return push(L, new JsonDecoder(L, latin1(bytesArgument(L, 1)), this.settings).decode());
      },
      encode_max_depth: (L) => this.integer(L, 'encodeDepthMax', 1, 2147483647),
      decode_max_depth: (L) => this.integer(L, 'decodeDepthMax', 1, 2147483647),
      encode_number_precision: (L) => this.integer(L, 'precision', 1, 14),
      encode_keep_buffer: (L) => push(L, bool(true)),
      decode_invalid_numbers: (L) => {
        const given = argument(L, 1);
        if (given !== undefined) this.set({ decodeInvalid: isTrue(given) });
        return push(L, bool(this.settings.decodeInvalid));
      },
      encode_invalid_numbers: (L) => {
        const given = argument(L, 1);
        if (given !== undefined) this.set({ encodeInvalid: typeOf(given) === TYPE.STRING ? 'null' : isTrue(given) });
        const { encodeInvalid } = this.settings;
        return push(L, encodeInvalid === 'null' ? text(L, 'null') : bool(encodeInvalid));
      },
      encode_sparse_array: (L) => {
        const [convert] = [argument(L, 1)];
        if (convert !== undefined) this.set({ sparseConvert: isTrue(convert) });
        if (argumentCount(L) > 1) this.set({ sparseRatio: numberArgument(L, 2) });
        if (argumentCount(L) > 2) this.set({ sparseSafe: numberArgument(L, 3) });
        push(L, bool(this.settings.sparseConvert));
        push(L, number(this.settings.sparseRatio));
        push(L, number(this.settings.sparseSafe));
        return 3;
      },
    };
  }

  constants(L: Thread): Record<string, Value> {
    return { null: light(null), _NAME: text(L, 'cjson'), _VERSION: text(L, '2.1.0') };
  }

  private set(part: Partial<JsonSettings>): void {
    this.settings = { ...this.settings, ...part };
    this.isChanged = true;
  }

  private integer(
    L: Thread,
    name: 'encodeDepthMax' | 'decodeDepthMax' | 'precision',
    min: number,
    max: number,
  ): number {
    if (argument(L, 1) !== undefined) {
      const n = Math.trunc(numberArgument(L, 1));
      if (n < min || n > max) badArgument(L, 1, `expected integer between ${min} and ${max}`);
      this.set({ [name]: n });
    }
    return push(L, number(this.settings[name]));
  }
}

function isTrue(value: Value): boolean {
  return typeOf(value) !== TYPE.NIL && value.value !== false;
}
