import { type LookupAddress, type LookupOptions, lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { type AddressPolicy, requireReachable } from "./address-policy.ts";

/**
 * Looks the name of a host up for a connection, which then uses these very addresses: a name server that answers
 * otherwise a moment later gains nothing. Other names, such as that of a proxy, are looked up as ever. A host in digits
 * is looked up by nobody: see `requireReachable`.
 */
export function guardedLookup(host: string, policy: AddressPolicy): LookupFunction {
  return (name, options, callback) => {
    if (name !== host) {
      lookup(name, options, callback);
      return;
    }
    lookup(name, { ...options, all: true }, (error, found) => answer(error, found, options, callback));
  };

  function answer(
    error: NodeJS.ErrnoException | null,
    found: readonly LookupAddress[],
    { all }: LookupOptions,
    callback: Parameters<LookupFunction>[2],
  ): void {
    const [first] = found ?? [];
    if (error !== null || first === undefined) {
      callback(error ?? noAddress(), "", 0);
      return;
    }
    try {
      requireReachable(
        host,
        found.map(({ address }) => address),
        policy,
      );
    } catch (refusal) {
      callback(refusal as Error, "", 0);
      return;
    }
    if (all === true) callback(null, [...found]);
    else callback(null, first.address, isIP(first.address));
  }
}

function noAddress(): NodeJS.ErrnoException {
  return Object.assign(new Error("the name has no address"), { code: "ENOTFOUND" });
}
