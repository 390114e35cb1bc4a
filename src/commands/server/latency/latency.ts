import { many, optional, text } from '../../framework/arguments';
import { command, container } from '../../framework/command';
import { ADMIN } from '../about';
import { doctorText } from './doctor-text';

const latest = command({
  ...ADMIN,
  name: 'latest',
  since: '2.8.13',
  summary: 'Return the latest latency sample of every event',
  help: ['Return the latest latency samples for all events.'],
  tips: ['nondeterministic_output', 'request_policy:all_nodes'],
  run({ node, out }) {
    const all = node.admin.latency.latest();
    out.array(all.length);
    for (const { event, at, ms, maxMs } of all) {
      out.array(4);
      out.bulkText(event);
      out.integer(at);
      out.integer(ms);
      out.integer(maxMs);
    }
  },
});

const history = command({
  ...ADMIN,
  name: 'history',
  since: '2.8.13',
  summary: 'Return the time-latency samples of an event',
  help: ['Return time-latency samples for the <event> class.'],
  tips: ['nondeterministic_output', 'request_policy:all_nodes'],
  args: { event: text() },
  run({ node, out }, { event }) {
    const samples = node.admin.latency.history(event);
    out.array(samples.length);
    for (const { at, ms } of samples) {
      out.array(2);
      out.integer(at);
      out.integer(ms);
    }
  },
});

const reset = command({
  ...ADMIN,
  name: 'reset',
  since: '2.8.13',
  summary: 'Forget the samples of the named events, or of all',
  help: ['Reset latency data of one or more <event> classes.', '(default: reset all data for all event classes)'],
  tips: ['request_policy:all_nodes', 'response_policy:agg_sum'],
  args: { events: optional(many(text('event'))) },
  run: ({ node, out }, { events }) => out.integer(node.admin.latency.reset(events)),
});

const doctor = command({
  ...ADMIN,
  name: 'doctor',
  since: '2.8.13',
  summary: 'Return a human readable latency report',
  help: ['Return a human readable latency analysis report.'],
  tips: ['nondeterministic_output', 'request_policy:all_nodes'],
  run: ({ node, out }) => out.verbatim('txt', doctorText(node.admin.latency)),
});

export const latency = container({
  ...ADMIN,
  name: 'latency',
  since: '2.8.13',
  summary: 'A container for latency diagnostics commands',
  complexity: 'Depends on subcommand.',
  flags: [],
  children: [doctor, history, latest, reset],
  examples: `
> LATENCY HISTORY nosuch
[]
> LATENCY RESET nosuch
:0
`,
});
