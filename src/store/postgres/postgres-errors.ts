import pg from "pg";
import { HeadraceError } from "../../errors.ts";

/** The SQLSTATE of a failure that the server reported. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/**
 * The connection is of no use any more, or there was none. An error that the server did not report came from the
 * network (or from pg, which says with plain errors that the connection ended).
 */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof HeadraceError) return false;
  const state = sqlState(error);
  if (state === undefined) return error instanceof ConnectionFailure;
  // Class 08: connection exceptions; 57P01 to 57P05: shut down, crashed, starting up, idle for too long.
  return state.startsWith("08") || /^57P0[1235]$/.test(state) || state === "25P03";
}

/**
 * A server that was there ended the connection, since it shuts down or because another of its processes has crashed.
 */
export function isShutDown(error: unknown): boolean {
  return /^57P0[12]$/.test(sqlState(error) ?? "");
}

/** True if another attempt to connect may succeed without anybody's help. */
export function mayConnectLater(error: unknown): boolean {
  return isConnectionLost(error) || sqlState(error) === "53300";
}

/** The server undid the transaction for the sake of another one: repeating it is safe and helps. */
export function isCollision(error: unknown): boolean {
  const state = sqlState(error);
  return state === "40001" || state === "40P01" || state === "55P03";
}

/** A failure of pg that did not come from the server: the network's, mostly. */
export class ConnectionFailure extends Error {
  /** The code of the system call's error, such as `ECONNREFUSED`. */
  readonly systemCode: string | undefined;

  constructor(cause: unknown) {
    const code = cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
    super(cause instanceof Error ? cause.message || code || "the connection failed" : String(cause), { cause });
    this.systemCode = code;
  }
}

/** Marks what pg throws, so that a lost connection is told apart from a mistake of ours. */
export async function fromPg<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw error instanceof pg.DatabaseError ? error : new ConnectionFailure(error);
  }
}

/**
 * Turns errors of the server or the network into words for the user. Other errors (constraints, wrong SQL) are bugs of
 * ours and stay as they are. `location` has no password in it, and neither do the server's messages.
 */
export function explainPostgresError(error: unknown, location: string): unknown {
  if (error instanceof ConnectionFailure) return explainFailure(error, location);
  const state = sqlState(error);
  if (state === undefined) return error;
  const known = KNOWN_FAILURES.find((failure) => failure.states.some((prefix) => state.startsWith(prefix)));
  if (known === undefined) return error;
  return new HeadraceError(known.error ?? "HR_STORE_UNAVAILABLE", known.message(location), {
    hint: known.hint,
    cause: error,
  });
}

function explainFailure(error: ConnectionFailure, location: string): HeadraceError {
  if (error.systemCode !== undefined && /CERT|TLS|SSL/.test(error.systemCode)) {
    // Node adds advice on its own options after the reason.
    const [reason] = error.message.split(";");
    return new HeadraceError(
      "HR_STORE_UNAVAILABLE",
      `the server of the database ${location} does not prove who it is (${reason})`,
      {
        hint: "name the certificate of its authority with sslrootcert=FILE in the URL, and the host as the certificate does",
        cause: error,
      },
    );
  }
  const reason = error.systemCode === undefined ? error.message : `${error.systemCode}: ${error.message}`;
  return new HeadraceError("HR_STORE_UNAVAILABLE", `the database ${location} cannot be reached (${reason})`, {
    hint: "check that PostgreSQL runs and that the host, the port and the sslmode of the URL are right",
    cause: error,
  });
}

interface KnownFailure {
  /** SQLSTATEs, or the class that they begin with. The first that fits counts. */
  readonly states: readonly string[];
  readonly error?: "HR_DISK_FULL";
  readonly message: (location: string) => string;
  readonly hint: string;
}

const KNOWN_FAILURES: readonly KnownFailure[] = [
  {
    states: ["53100"],
    error: "HR_DISK_FULL",
    message: (location) => `the disk of the database ${location} is full; what was recorded before is kept`,
    hint: "free some space on the server's disk, then try again",
  },
  {
    states: ["28"],
    message: (location) => `the database ${location} refuses the user or the password`,
    hint: "check both in the URL, and the server's pg_hba.conf",
  },
  {
    states: ["3D000"],
    message: (location) => `the database ${location} does not exist`,
    hint: "create it with `createdb`, or correct the name at the end of the URL",
  },
  {
    states: ["42501"],
    message: (location) => `the user of ${location} lacks the right to use or create the schema “headrace”`,
    hint: "let the user own it: `create schema headrace authorization USER`, run by the owner of the database",
  },
  {
    states: ["25006"],
    message: (location) => `the database ${location} cannot be written`,
    hint: "it was opened for reading, or it is a standby: use the URL of the primary server",
  },
  {
    states: ["53300"],
    message: (location) => `the database ${location} takes no more connections`,
    hint: "raise max_connections of the server, or end programs that hold connections; an engine uses up to eight",
  },
  {
    states: ["55P03", "40"],
    message: (location) => `the database ${location} is locked by another transaction`,
    hint: "wait for it or end it; `select pid, state, query from pg_stat_activity` lists who is there",
  },
  {
    states: ["57P03"],
    message: (location) => `the database ${location} is starting up or shutting down`,
    hint: "try again in a moment",
  },
  {
    states: ["08", "57P", "25P03"],
    message: (location) => `the server ended the connection to the database ${location}`,
    hint: "check the server's log, then try again",
  },
  {
    states: ["53", "58", "XX001", "XX002"],
    message: (location) =>
      `the database ${location} cannot be read or written: the server is out of means or its files are damaged`,
    hint: "check the server's log, its memory and its disk",
  },
];
