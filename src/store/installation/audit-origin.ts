import { AsyncLocalStorage } from "node:async_hooks";
import { hostname } from "node:os";
import { programVersion } from "../../version.ts";
import type { Actor } from "../events/actor.ts";

/** From where a change was asked for. */
export interface AuditOrigin {
  /** The address of the client; for a process of Headrace itself, the name of its machine. */
  readonly address: string;
  /**
   * The proof by which the caller was known: `session:ID`, `token:ID`, `execution:ID`; `open` if the call needs no
   * credential (a log-in); `process` for a command, an engine or a server that acts by itself.
   */
  readonly via: string;
  /** The name that the calling program gives itself. */
  readonly agent: string;
  /** Id of the request, as the server's log has it. */
  readonly requestId?: string;
}

/** The origin of one call; the caller is known only once the credential was looked up. */
export interface CallOrigin {
  /** Absent: nobody is known yet. */
  actor?: Actor;
  origin: AuditOrigin;
}

/** A client may send any text. */
const AGENT_LENGTH = 300;

const calls = new AsyncLocalStorage<CallOrigin>();

/**
 * Records every change that `work` makes, now or later in the work that it starts, with this origin. The origin is
 * carried beside the calls, not in their arguments: dozens of services would have to hand it on, and one that forgets
 * loses it without a sound.
 */
export function withOrigin<T>(call: CallOrigin, work: () => T): T {
  return calls.run(call, work);
}

/** Binds work that runs later, in another's turn, to the call that asked for it, or to none. */
export const boundToCall: typeof AsyncLocalStorage.bind = AsyncLocalStorage.bind;

/**
 * The origin of a change by this actor. Work that a request starts in this process may go on in the name of others (an
 * engine that wakes up); such work does not have the origin of the request.
 */
export function originOf(actor: Actor): AuditOrigin {
  const call = calls.getStore();
  if (call === undefined || (call.actor !== undefined && call.actor !== actor)) return ownOrigin();
  return { ...call.origin, agent: call.origin.agent.slice(0, AGENT_LENGTH) };
}

let own: AuditOrigin | undefined;

function ownOrigin(): AuditOrigin {
  own ??= { address: hostname(), via: "process", agent: `headrace/${programVersion()}` };
  return own;
}
