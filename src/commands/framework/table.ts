import type { Bytes } from '../../base/bytes';
import type { Command } from './command';
import { Words } from './words';

/** Commands by name in any case, straight from a request's bytes. */
export class Table {
  private readonly byName = new Map<string, Command>();
  private readonly words = new Words<Command>();

  /** Throws if the name is taken. */
  add(command: Command): void {
    if (this.byName.has(command.name)) throw new Error(`two commands are named ${command.name}`);
    this.byName.set(command.name, command);
    this.words.add(command.name, command);
  }

  find(word: Bytes): Command | undefined {
    return this.words.find(word);
  }

  /** By lower-case name. */
  get(name: string): Command | undefined {
    return this.byName.get(name);
  }

  /** In the order they were added. */
  list(): Iterable<Command> {
    return this.byName.values();
  }

  get size(): number {
    return this.byName.size;
  }
}
