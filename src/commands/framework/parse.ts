import type { Fault } from '../../base/fault';
import type { Args, Choice, Input, Option, Positional } from './arguments';
import { SYNTAX, wrongArity } from './faults';
import type { Argument } from './wire';
import { Words } from './words';

interface PositionalField {
  readonly name: string;
  readonly arg: Positional<unknown>;
}

interface OptionField {
  readonly name: string;
  readonly arg: Option<unknown>;
  /** Its place among the options. */
  readonly index: number;
}

interface Found {
  readonly field: OptionField;
  readonly choice: Choice<unknown>;
}

export interface ParseRules {
  /** Each option at most once. Otherwise as Redis: the same token again is fine, and the last one counts. */
  readonly strict?: boolean;
  /** Said of a word that is no option; 'ERR syntax error' when absent. */
  readonly unknownOption?: (word: string) => Fault;
}

/** Made once a command from its declaration; reads the words of a request into the object that `run` receives. */
export class Parser {
  /** Words a request has at the least, the command's name not counted. */
  readonly least: number;
  /** No other number of words will do. */
  readonly fixed: boolean;
  private readonly positionals: PositionalField[] = [];
  private readonly options: OptionField[] = [];
  private readonly tokens = new Words<Found>();
  /** Every property with its value when absent: copied for each request, so that all have one hidden class. */
  private readonly blank: Record<string, unknown> = {};

  constructor(
    args: Args,
    private readonly rules: ParseRules,
  ) {
    let least = 0;
    let fixed = true;
    for (const [name, arg] of Object.entries(args)) {
      if (arg.kind === 'positional') {
        this.blank[name] = undefined;
        this.positionals.push({ name, arg });
        least += arg.least;
        fixed &&= !arg.rest && arg.least > 0;
      } else {
        this.blank[name] = arg.absent;
        const field: OptionField = { name, arg, index: this.options.length };
        this.options.push(field);
        for (const choice of arg.choices) this.tokens.add(choice.token, { field, choice });
        if (arg.required) least += 1 + Math.min(...arg.choices.map((choice) => choice.least));
        fixed = false;
      }
    }
    this.least = least;
    this.fixed = fixed;
  }

  /** Reads `args` from `at` on. Throws Fault. */
  parse(args: readonly Argument[], argc: number, at: number, command: string): Record<string, unknown> {
    const input: Input = { args, argc, at, command };
    const parsed = { ...this.blank };
    for (const { name, arg } of this.positionals) parsed[name] = arg.read(input);
    if (this.options.length > 0) this.readOptions(input, parsed);
    else if (input.at < argc) throw wrongArity(command);
    return parsed;
  }

  private readOptions(input: Input, parsed: Record<string, unknown>): void {
    const given: (Choice<unknown> | undefined)[] = [];
    while (input.at < input.argc) {
      const word = input.args[input.at++]!;
      const found = this.tokens.find(word);
      if (found === undefined || input.argc - input.at < found.choice.least) throw this.unknown(word);
      const { field, choice } = found;
      const before = given[field.index];
      if (before !== undefined && !field.arg.together && (this.rules.strict || before !== choice)) throw SYNTAX;
      given[field.index] = choice;
      parsed[field.name] = choice.read(input, parsed[field.name]);
    }
    for (const { arg, index } of this.options) if (arg.required && given[index] === undefined) throw SYNTAX;
  }

  private unknown(word: Argument): Fault {
    return this.rules.unknownOption?.(word.toString()) ?? SYNTAX;
  }
}
