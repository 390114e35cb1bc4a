import { Fault } from '../../../base/fault';
import { SettingRefused } from '../../../config';
import { type Positional, pairs, text } from '../../framework/arguments';
import { command } from '../../framework/command';
import { SYNTAX, untilNul } from '../../framework/faults';
import type { Configuration } from '../../node';
import { ADMIN } from '../about';

const QUOTED_CHARS_MAX = 128;

type Pair = [name: string, value: string];

const PAIRS: Positional<Pair[]> = pairs(text(), text(), ['parameter', 'value']);
/** Redis says of an odd number of words here what it says nowhere else. */
const SETTINGS: Positional<Pair[]> = {
  ...PAIRS,
  read(input) {
    if ((input.argc - input.at) % 2 !== 0) throw SYNTAX;
    return PAIRS.read(input);
  },
};

export const set = command({
  ...ADMIN,
  name: 'set',
  since: '2.0.0',
  summary: 'Change settings of the running server, all or none',
  help: ['Set the configuration <directive> to <value>.'],
  complexity: 'O(N) when N is the number of settings given',
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  args: { settings: SETTINGS },
  run({ node, out }, { settings }) {
    const { configuration } = node.admin;
    refuseUnknown(
      configuration,
      settings.map(([name]) => name),
    );
    try {
      configuration.setMany(settings);
    } catch (refusal) {
      throw refusal instanceof SettingRefused ? faultOf(refusal) : refusal;
    }
    out.ok();
  },
});

/** Before anything else is looked at, as Redis does. */
function refuseUnknown(configuration: Configuration, names: readonly string[]): void {
  const known = new Set(configuration.entries().map(([name]) => name));
  const unknown = names.find((name) => !known.has(name.toLowerCase()));
  if (unknown === undefined) return;
  const quoted = untilNul(unknown).slice(0, QUOTED_CHARS_MAX);
  throw new Fault(`ERR Unknown option or number of arguments for CONFIG SET - '${quoted}'`);
}

function faultOf({ setting, reason }: SettingRefused): Fault {
  return new Fault(`ERR CONFIG SET failed (possibly related to argument '${setting}') - ${reason}`);
}
