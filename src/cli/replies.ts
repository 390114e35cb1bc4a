import type { Reply } from '../../protocol/reply-reader';
import type { Result } from './context';
import { CliFailure, EXIT } from './exit-codes';
import { display } from './render/bytes';

/** The reply as a number; ends the command if the server says something else. */
export function numberOf(reply: Reply): number {
  return typeof reply === 'number' ? reply : unexpected('a number', reply);
}

export function listOf(reply: Reply): Reply[] {
  return Array.isArray(reply) ? reply : unexpected('a list', reply);
}

/** A list of byte strings. */
export function buffersOf(reply: Reply): Buffer[] {
  return listOf(reply).map((item) => (Buffer.isBuffer(item) ? item : unexpected('a string', item)));
}

export function bufferOf(reply: Reply | undefined): Buffer {
  return Buffer.isBuffer(reply) ? reply : unexpected('a string', reply);
}

function unexpected(wanted: string, reply: Reply | undefined): never {
  if (reply instanceof Error) throw reply;
  const got = Buffer.isBuffer(reply) ? `"${display(reply.subarray(0, 80))}"` : Array.isArray(reply) ? 'a list' : reply;
  throw new CliFailure(`the server answered ${got} where ${wanted} was expected`, EXIT.serverError);
}

/** What SET and TAGSET answer: +OK, or null when a condition refused it. */
export function storedResult(key: string, reply: Reply): Result {
  const stored = reply !== null;
  return {
    json: { key, stored },
    human: ({ green, red }) => (stored ? green('OK') : red('not stored: the condition was not met')),
    exit: stored ? EXIT.ok : EXIT.no,
  };
}
