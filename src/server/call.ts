import type { FastifyReply, FastifyRequest } from "fastify";
import type { ExecutionHolder, Principal } from "../access/index.ts";
import type { CallOf, Contracts, ProjectApi, ReplyOf, RouteContract, ValohaiApi } from "../api/index.ts";
import type { ProjectRecord, Wish } from "../store/index.ts";

export type LoggedIn = Exclude<Principal, { kind: "nobody" }>;

/** The facts of every call. */
export interface BaseCall {
  /** Address of the caller. */
  readonly address: string;
  /** The name that the calling program gives itself. */
  readonly agent: string;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Aborted when the connection ends, whoever ended it. */
  gone(): AbortSignal;
}

/** The facts of a call whose caller is known. */
export interface KnownCall extends BaseCall {
  readonly caller: LoggedIn;
  /** In whose name it changes something, and when. */
  readonly wish: Wish;
  /** The record of a request with an idempotency key; see `Asker`. */
  readonly recordId?: string;
}

/** The facts of a call in a project. */
export interface ProjectCall extends KnownCall {
  readonly project: ProjectRecord;
  /**
   * The object that the path names in the project: a counter, `latest` or an id; the project's own name if it names
   * that.
   */
  readonly ref: string;
  /** The services of the project, for the caller, until they have gone. */
  open(): Promise<ProjectApi>;
  /** The same in the shapes of Valohai's API. */
  openValohai(): Promise<ValohaiApi>;
}

/** The facts of a call that a step makes for its own execution. */
export interface ExecutionCall extends BaseCall {
  readonly caller: ExecutionHolder;
  /** The token that the call came with. */
  readonly credential: string;
}

/** The rights were looked at before the handler is called. */
export type Call<C extends RouteContract> = CallOf<C> &
  (C["access"] extends "open"
    ? BaseCall
    : C["access"] extends "execution"
      ? ExecutionCall
      : C["access"] extends { readonly project: string }
        ? ProjectCall
        : KnownCall);

export type Handler<C extends RouteContract> = (call: Call<C>) => Promise<ReplyOf<C>>;

/** A handler for every contract of a subject. */
export type Handlers<All extends Contracts> = { readonly [Name in keyof All]: Handler<All[Name]> };
