import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { HeadraceError, systemErrorCode } from "../errors.ts";

/**
 * The addresses that Headrace connects to on behalf of a user. On a server, an address of the inner network would let a
 * user reach what only the server may (a cloud's metadata service, a database).
 */
export interface AddressPolicy {
  /** Private, loopback and link-local addresses are reached as all others are. */
  readonly privateAddresses: "allow" | "refuse";
  /** Names of hosts, or addresses, that are reached all the same. */
  readonly allowedHosts: readonly string[];
}

/** The policy of a laptop: the user reaches all of this by other programs as well. */
export const ALLOW_ALL: AddressPolicy = { privateAddresses: "allow", allowedHosts: [] };

/** RFC 6890 and its successors: what is not reachable from everywhere. */
const PRIVATE: readonly (readonly [address: string, prefix: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
  ["::", 128],
  ["::1", 128],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
];

let blockList: BlockList | undefined;

/** Made when the first address is asked for: commands that reach none do without its 8 ms. */
function blockedAddresses(): BlockList {
  if (blockList !== undefined) return blockList;
  blockList = new BlockList();
  for (const [address, prefix] of PRIVATE) blockList.addSubnet(address, prefix, isIP(address) === 4 ? "ipv4" : "ipv6");
  return blockList;
}

/** Returns true if an address in digits is not reachable from everywhere, or is no address. */
export function isPrivateAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return blockedAddresses().check(address, "ipv4");
  if (version !== 6) return true;
  const embedded = embeddedAddress(address);
  return embedded === undefined ? blockedAddresses().check(address, "ipv6") : isPrivateAddress(embedded);
}

/** IPv4 within IPv6: mapped (`::ffff:`), compatible (`::`), NAT64 (`64:ff9b::`), 6to4 (`2002:`). */
function embeddedAddress(address: string): string | undefined {
  const groups = groupsOf(address);
  const zeros = (count: number) => groups.slice(0, count).every((group) => group === 0);
  const last = () => dotted(groups[6] ?? 0, groups[7] ?? 0);
  if (zeros(5) && groups[5] === 0xffff) return last();
  if (zeros(6) && (groups[6] !== 0 || (groups[7] ?? 0) > 1)) return last();
  if (groups[0] === 0x64 && groups[1] === 0xff9b && groups.slice(2, 6).every((group) => group === 0)) return last();
  if (groups[0] === 0x2002) return dotted(groups[1] ?? 0, groups[2] ?? 0);
  return undefined;
}

/** The eight groups of an IPv6 address; the system's own parser writes it in one form first. */
function groupsOf(address: string): readonly number[] {
  const plain = new URL(`http://[${address.split("%")[0]}]/`).hostname.slice(1, -1);
  const [head = "", tail] = plain.split("::");
  const read = (part: string) => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)));
  const [before, after] = [read(head), read(tail ?? "")];
  return [...before, ...Array<number>(Math.max(0, 8 - before.length - after.length)).fill(0), ...after];
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/**
 * The addresses of a host, each of which may be reached. The caller must connect to one of these and not ask again: a
 * second answer may differ. Throws HR_FORBIDDEN where any of them may not be reached, HR_INPUT_UNAVAILABLE where the
 * name has none.
 */
export async function resolveHost(host: string, policy: AddressPolicy): Promise<readonly string[]> {
  const name = nameOf(host);
  const addresses = isIP(name) === 0 ? await addressesOf(name) : [name];
  requireReachable(host, addresses, policy);
  return addresses;
}

/** Throws HR_FORBIDDEN where any of the addresses of a host may not be reached. */
export function requireReachable(host: string, addresses: readonly string[], policy: AddressPolicy): void {
  if (policy.privateAddresses === "allow" || policy.allowedHosts.includes(nameOf(host))) return;
  if (addresses.every((address) => !isPrivateAddress(address) || policy.allowedHosts.includes(address))) return;
  throw new HeadraceError(
    "HR_FORBIDDEN",
    `${host} is an address of an inner network, which this server does not reach`,
    {
      hint: "an administrator of the server can allow the host with HEADRACE_ALLOW_HOSTS",
    },
  );
}

/** As addresses are compared: without the brackets of IPv6, and without the dot at the end of a whole name. */
function nameOf(host: string): string {
  return host.replace(/^\[|\]$|\.$/g, "").toLowerCase();
}

async function addressesOf(name: string): Promise<readonly string[]> {
  try {
    return (await lookup(name, { all: true, verbatim: true })).map(({ address }) => address);
  } catch (error) {
    throw new HeadraceError(
      "HR_INPUT_UNAVAILABLE",
      `the host ${name} has no address (${systemErrorCode(error) ?? "?"})`,
      {
        hint: "check the name, and whether this machine reaches its name server",
        cause: error,
      },
    );
  }
}
