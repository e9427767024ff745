import type { Access } from "../access/index.ts";
import type { ProjectApi, ValohaiApi, ValohaiLinks } from "../api/index.ts";
import type { Asker, ProjectCode } from "../services/index.ts";
import type { MetadataDatabase, ProjectRecord, Wish } from "../store/index.ts";
import type { Tracer } from "../telemetry/index.ts";
import type { LoginLinks } from "./login-links.ts";
import type { RequestLimits } from "./request-limits.ts";
import type { SingleSignOn } from "./single-sign-on/sign-on-pages.ts";
import type { Patience } from "./slow-requests.ts";
import type { ServerTls } from "./tls.ts";

/** Opens the services of a project for somebody, until the signal. */
export type ProjectServices = (project: ProjectRecord, asker: Asker) => Promise<ProjectApi>;

/** The same in the shapes of Valohai's API. */
export type ValohaiServices = (
  project: ProjectRecord,
  asker: Asker & { readonly links: ValohaiLinks },
) => Promise<ValohaiApi>;

/** The parts of a server; whoever starts it opens and closes them. */
export interface ServerParts {
  readonly database: MetadataDatabase;
  readonly access: Access;
  /** The id of the only project that it serves, whatever else is in the database; absent: it serves all. */
  readonly onlyProject?: string;
  readonly projects: ProjectServices;
  readonly valohai: ValohaiServices;
  /** Hides the secrets of a project in what one of its steps tells. */
  readonly hideSecrets: (project: ProjectRecord, text: string) => Promise<string>;
  /** The code of a project; absent where the project is a folder. */
  readonly code?: (project: ProjectRecord) => ProjectCode;
  /** Removes a project with all that it has; absent where the project is a folder. */
  readonly removeProject?: (project: ProjectRecord, wish: Wish) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The address at which browsers reach it: `https://headrace.example.org`, without a slash at its end. */
  readonly publicUrl: string;
  /** The proxies before the server that tell the address of the caller (`X-Forwarded-For`); nobody else is believed. */
  readonly trustedProxies: readonly string[];
  /** Absent: the server speaks plain HTTP. */
  readonly tls?: Pick<ServerTls, "serverFactory">;
  /** Tells of requests as spans; absent: nobody wants to know. */
  readonly tracer?: Tracer | undefined;
  /** The provider by which users come in; absent: there is none. */
  readonly singleSignOn?: SingleSignOn;
  /** Absent: those that every server has. */
  readonly limits?: Partial<RequestLimits>;
  /** Absent: that which every server has. */
  readonly patience?: Partial<Patience>;
  /** Links that log their user in; absent: there are none. */
  readonly links?: LoginLinks;
  /** A folder on the disk that must not be full; absent: none is looked at. */
  readonly diskFolder?: string;
  /** Takes the log, one JSON object a line; absent: there is none. */
  readonly log?: { write(line: string): void };
}
