export type { StreamPatience } from "./event-stream.ts";
export { projectOverHttp } from "./project-over-http.ts";
export { type CallOptions, Routes } from "./routes.ts";
export { isInTheClear, serverAddress } from "./server-address.ts";
export { type ServerConnection, Wire } from "./wire.ts";
