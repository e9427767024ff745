export { type AddressPolicy, ALLOW_ALL, isPrivateAddress, requireReachable, resolveHost } from "./address-policy.ts";
export { guardedLookup } from "./guarded-lookup.ts";
