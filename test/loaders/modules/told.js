// Does what the id of the key says; see by-behaviour.ts.
const channel = new BroadcastChannel('larder-test-module');

exports.load = ({ params }) => {
  const { kind, value } = JSON.parse(params.id);
  channel.postMessage(kind);
  switch (kind) {
    case 'value':
      return Buffer.from(value, 'hex');
    case 'absent':
      return null;
    case 'error':
      throw new Error('oops\r\n-ERR injected');
    case 'hang':
      return new Promise(() => {});
    case 'stall':
      for (;;);
    case 'vanish':
      return process.exit(3);
    case 'endless':
      return Buffer.alloc(1_000_000_000);
  }
};
