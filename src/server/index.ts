export { Administration, type GivenPassword } from "./administration.ts";
export { buildServer } from "./build-server.ts";
export { type ServeFolderOptions, serveFolder } from "./serve-folder.ts";
export { type ServeHomeOptions, serveHome } from "./serve-home.ts";
export type { ServerParts } from "./server-parts.ts";
export { openSingleSignOn, type SingleSignOn } from "./single-sign-on/sign-on-pages.ts";
export { ServerTls, type TlsFiles, type TlsOptions } from "./tls.ts";
export { parseTrustedProxies } from "./trusted-proxies.ts";
