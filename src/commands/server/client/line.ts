import type { ConnectedClient } from '../../node';

/** Milliseconds as whole seconds. */
function seconds(ms: number): number {
  return Math.max(0, Math.floor(ms / 1000));
}

function flagsOf(client: ConnectedClient): string {
  const flags = [
    client.subscriptions !== null ? 'P' : '',
    client.transaction !== null ? 'x' : '',
    client.isWaiting ? 'b' : '',
    client.tracking !== null ? 't' : '',
    client.tracking?.isRedirectBroken ? 'R' : '',
    client.tracking?.bcast ? 'B' : '',
    client.watch?.isTouched ? 'd' : '',
    client.address.startsWith('/') ? 'U' : '',
    client.noEvict ? 'e' : '',
    client.noTouch ? 'T' : '',
  ].join('');
  return flags === '' ? 'N' : flags;
}

/** One line of CLIENT LIST, as Redis writes it. Buffers that we do not have are 0, the file descriptor is not told. */
export function clientLine(client: ConnectedClient, nowMs: number): string {
  return Object.entries({
    id: client.id,
    addr: client.address,
    laddr: client.localAddress,
    fd: -1,
    name: client.name,
    age: seconds(nowMs - client.createdAtMs),
    idle: seconds(nowMs - client.lastActiveAtMs),
    flags: flagsOf(client),
    db: client.db,
    sub: client.subscriptions?.channels.size ?? 0,
    psub: client.subscriptions?.patterns.size ?? 0,
    ssub: client.subscriptions?.shardChannels.size ?? 0,
    multi: client.transaction?.length ?? -1,
    watch: client.watch?.size ?? 0,
    qbuf: client.queryBytes,
    'qbuf-free': 0,
    'argv-mem': 0,
    'multi-mem': client.transaction?.bytes ?? 0,
    rbs: 0,
    rbp: 0,
    obl: 0,
    oll: client.outputBytes > 0 ? 1 : 0,
    omem: client.outputBytes,
    'tot-mem': client.queryBytes + client.outputBytes + (client.transaction?.bytes ?? 0),
    events: client.outputBytes > 0 ? 'rw' : 'r',
    cmd: client.lastCommand === '' ? 'NULL' : client.lastCommand,
    user: 'default',
    redir: client.tracking?.redirect ?? -1,
    resp: client.proto,
    'lib-name': client.libName,
    'lib-ver': client.libVersion,
    'tot-net-in': client.bytesIn,
    'tot-net-out': client.bytesOut,
    'tot-cmds': client.commands,
  })
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}
