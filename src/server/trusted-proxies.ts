import { BlockList, isIP } from "node:net";
import { HeadraceError } from "../errors.ts";

/**
 * The proxies before a server, by address (`10.0.0.5`) or network (`10.0.0.0/24`, `::1`). From these alone, headers are
 * believed that tell for whom a request was passed on. Throws HR_USAGE for what is neither, and for a network that has
 * everybody in it: any caller could then choose an address, and with it escape the limits of log-ins.
 */
export function parseTrustedProxies(list: readonly string[]): readonly string[] {
  return list
    .flatMap((text) => text.split(","))
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .map(requireNetwork);
}

function requireNetwork(text: string): string {
  const [address = "", prefix, ...rest] = text.split("/");
  const version = isIP(address);
  const length = prefix === undefined ? undefined : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  const bits = version === 4 ? 32 : 128;
  if (version === 0 || rest.length > 0 || (length !== undefined && !(length >= 0 && length <= bits)))
    throw new HeadraceError("HR_USAGE", `“${text}” is no address or network of a proxy`, {
      hint: "write for example 10.0.0.5, 10.0.0.0/24 or ::1",
    });
  if (length !== undefined && length < 8)
    throw new HeadraceError("HR_USAGE", `${text} is too large a network to trust as proxies`, {
      hint: "name the proxies themselves: whoever is in that network could claim to call from any address",
    });
  return text;
}

/** Says whether a connection comes from one of the proxies. */
export function proxyCheck(proxies: readonly string[]): (address: string) => boolean {
  const known = new BlockList();
  for (const text of proxies) {
    const [address = "", prefix] = text.split("/");
    const family = isIP(address) === 4 ? "ipv4" : "ipv6";
    if (prefix === undefined) known.addAddress(address, family);
    else known.addSubnet(address, Number(prefix), family);
  }
  return (address) => {
    // As a socket for both families tells an address of the old one.
    const plain = address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
    const version = isIP(plain);
    return version !== 0 && known.check(plain, version === 4 ? "ipv4" : "ipv6");
  };
}
