import type { Session } from './session';

/** All connected clients, by id. */
export class Clients {
  private readonly sessions = new Map<number, Session>();
  private lastId = 0;

  nextId(): number {
    return ++this.lastId;
  }

  add(session: Session): void {
    this.sessions.set(session.id, session);
  }

  remove(session: Session): void {
    this.sessions.delete(session.id);
  }

  get count(): number {
    return this.sessions.size;
  }

  byId(id: number): Session | undefined {
    return this.sessions.get(id);
  }

  [Symbol.iterator](): IterableIterator<Session> {
    return this.sessions.values();
  }
}
