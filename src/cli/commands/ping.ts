import type { Declare } from '../context';
import { display } from '../render/bytes';
import { durationText } from '../render/humanise';

export const ping: Declare = (program, context) => {
  program
    .command('ping')
    .description('ask whether the server answers, and how fast')
    .action(() =>
      context.run(async (connection) => {
        const { clock } = context.io;
        const begunMs = clock.fineMs();
        const reply = await connection.call('PING');
        const tookMs = clock.fineMs() - begunMs;
        const pong = Buffer.isBuffer(reply) ? display(reply) : String(reply);
        return {
          json: { reply: pong, took_ms: Number(tookMs.toFixed(3)) },
          human: ({ green }) => `${green(pong)} in ${durationText(tookMs)}`,
        };
      }),
    );
};
