import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import ipaddr from 'ipaddr.js';
import { AppError } from '../../ground/index.ts';

/** Bits of an address that name its network: a practice's line, not a machine. */
const NETWORK_BITS = { ipv4: 24, ipv6: 48 } as const;
/** Addresses of an `X-Forwarded-For` that are read, from the right: more is nobody's chain of balancers. */
const HOPS_MAX = 16;

type Address = ReturnType<typeof ipaddr.parse>;
type Range = ReturnType<typeof ipaddr.parseCIDR>;

function parseRange(text: string): Range {
  const range = text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`;
  if (ipaddr.isValidCIDR(range)) return ipaddr.parseCIDR(range);
  throw new AppError({ code: 'bad-input', publicText: { fr: `REMPART_TRUSTED_PROXIES : « ${text} » n’est pas une adresse ou une plage (10.0.0.0/8).`, en: `REMPART_TRUSTED_PROXIES: "${text}" is no address or range (10.0.0.0/8).` } });
}

/**
 * Reads from which network a request came, as `192.0.2.0/24` or `2001:db8:1::/48`; undefined on the same machine, or when nobody can tell.
 * @param trusted addresses and ranges of one's own balancers: what `X-Forwarded-For` says is believed from them alone, from the right.
 * @throws AppError `bad-input` when one of them is none.
 */
export function createNetworkReader(trusted: readonly string[]): (request: IncomingMessage) => string | undefined {
  const ranges = trusted.map(parseRange);
  const isTrusted = (address: Address): boolean => ranges.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));
  const read = (text: string): Address | undefined => (ipaddr.isValid(text) ? ipaddr.process(text) : undefined);
  // Who is at the other end of a connection stays the same as long as it lasts.
  const ends = new WeakMap<Socket, { readonly balancer?: true; readonly network?: string }>();
  const endOf = (socket: Socket): { readonly balancer?: true; readonly network?: string } => {
    const address = read(socket.remoteAddress ?? '');
    if (address === undefined) return {};
    return isTrusted(address) ? { balancer: true } : named(address);
  };
  return (request) => {
    let end = ends.get(request.socket);
    if (end === undefined) ends.set(request.socket, end = endOf(request.socket));
    if (end.balancer === undefined) return end.network;
    const said = request.headers['x-forwarded-for'];
    const hops = typeof said === 'string' ? said.split(',').slice(-HOPS_MAX) : [];
    for (let hop = hops.pop(); hop !== undefined; hop = hops.pop()) {
      const address = read(hop.trim());
      if (address === undefined) return undefined;
      if (!isTrusted(address)) return named(address).network;
    }
    return undefined;
  };
}

const named = (address: Address): { readonly network?: string } => (address.range() === 'loopback' ? {} : { network: networkOf(address) });

function networkOf(address: Address): string {
  const bits = NETWORK_BITS[address.kind()];
  const bytes = address.toByteArray().map((byte, i) => (i * 8 < bits ? byte : 0));
  return `${ipaddr.fromByteArray(bytes).toString()}/${bits}`;
}
