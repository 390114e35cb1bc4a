import { ReplyWriter } from '../../protocol/reply-writer';
import type { Session } from './session';
import type { Turn } from './turn';

/** Writes one message; called at most once for each protocol. */
export type Letter = (out: ReplyWriter) => void;

const SCRATCH_BYTES = 16 * 1024;

/**
 * Messages that nobody asked for in this moment: to subscribers, to clients that track keys. They go out with the replies of
 * the turn. One for the client that is being served stands where it came about, before the reply of the command that caused
 * it; `after` puts it behind that reply.
 */
export class Mail {
  private readonly scratch = new ReplyWriter(SCRATCH_BYTES);

  constructor(private readonly turn: Turn) {}

  sendAll(to: Iterable<Session>, letter: Letter): void {
    const encoded: (Buffer | undefined)[] = [];
    for (const session of to) {
      const bytes = (encoded[session.proto] ??= this.encode(session.proto, letter));
      this.turn.post(session, bytes, session.replyMode !== 'on');
    }
  }

  send(to: Session, letter: Letter, after = false): void {
    this.turn.post(to, this.encode(to.proto, letter), after || to.replyMode !== 'on');
  }

  private encode(proto: 2 | 3, letter: Letter): Buffer {
    const { scratch } = this;
    scratch.reset();
    scratch.proto = proto;
    letter(scratch);
    return Buffer.from(scratch.buf.subarray(0, scratch.at));
  }
}
