/** Writes a reply later, in the session's own bracket, so that replies of different connections never mix. */
export type Reply = () => Outcome;

/** What running a command gives back: nothing (the reply is written) or the promise of a reply. */
// biome-ignore lint/suspicious/noConfusingVoidType: a command that has written its reply returns nothing
export type Outcome = void | Promise<Reply>;
