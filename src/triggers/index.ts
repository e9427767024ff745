export { Schedule } from "./schedule.ts";
export { isSigned, SIGNATURE_SCHEMES, type SignatureScheme, type SignedRequest } from "./webhook-signature.ts";
