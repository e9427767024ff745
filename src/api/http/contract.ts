import type * as z from "zod";
import type { ProjectAction, ServerAction } from "../actions.ts";
import type { ByteRange } from "../project-api.ts";
import type { Json, JsonInput } from "../shape.ts";

/**
 * The right that a call needs: none (anybody), a step's own token, or the action on the server or in the project that
 * the call names.
 */
export type RouteAccess =
  | "open"
  | "execution"
  | { readonly server: ServerAction }
  | { readonly project: ProjectAction; readonly of?: ProjectBearer };

/**
 * The kind of object in a call's path that stands for its project, if the path does not name the project itself. The
 * object is named `PROJECT:COUNTER`, or by its id. Absent: the query or the body names the project, as `project`.
 */
export type ProjectBearer = "execution" | "pipeline" | "task" | "datum";

/**
 * One call of the HTTP API, as data: the server validates and documents by it, clients derive their types from it. A
 * path of a route in a project has the parameter `project`, an id or a name in which `/` is written as `%2F`.
 */
export interface RouteContract {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With `:name` for parameters; with a slash at its end, as Valohai's clients call them. */
  readonly path: `/${string}/` | `/${string}`;
  readonly access: RouteAccess;
  /** A summary of what the call does, in a few words. */
  readonly summary: string;
  /** The heading that it stands under in the document. */
  readonly tag: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodType;
  /** JSON; also a form, with the same fields. */
  readonly body?: z.ZodType;
  /** The request is a form with a file (multipart/form-data), which may be large and takes the time that it takes. */
  readonly upload?: true;
  /** The body is bytes (application/octet-stream), which the handler reads as they come. */
  readonly bytes?: true;
  /** The reply, or each item of a streamed one; absent: nothing (204), or bytes of any kind. */
  readonly reply?: z.ZodType;
  /**
   * A reply that comes piece by piece: server-sent events, whose data is a reply each and which go on after
   * `Last-Event-ID`, or the bytes of a file. A reply that fails on the way ends with the event `problem`.
   */
  readonly stream?: "events" | "bytes";
  /** The reply has a secret, which nobody is told twice. */
  readonly isShownOnce?: true;
  /** The body may have a secret, which nobody must find out by what is kept of the request. */
  readonly hasSecret?: true;
  /**
   * Carried out twice, the call has the effect of one: a request with an idempotency key is repeated if its server was
   * killed and nobody knows how far it came. The repeated one makes its objects with the same ids.
   */
  readonly isRepeatable?: true;
  /** 200 unless said otherwise, 204 without a reply. */
  readonly status?: 201;
}

export type Contracts = Readonly<Record<string, RouteContract>>;

/** Keeps the exact types of each contract. */
export function contracts<const C extends Contracts>(all: C): C {
  return all;
}

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : Record<string, never>;
type Asked<Schema> = Schema extends z.ZodType ? Json<Schema> : Record<string, never>;
type Sent<Schema> = Schema extends z.ZodType ? JsonInput<Schema> : undefined;
type Reply<Schema> = Schema extends z.ZodType ? Json<Schema> : undefined;

/** The validated parts of a call that a server gets. */
export interface CallOf<C extends RouteContract> {
  readonly params: Output<C["params"]>;
  readonly query: Output<C["query"]>;
  readonly body: Output<C["body"]>;
}

/** The parts of a call that a client gives. It knows its project, which `params` leave out. */
export interface AskOf<C extends RouteContract> {
  readonly params?: Omit<Asked<C["params"]>, "project">;
  readonly query?: Asked<C["query"]>;
  readonly body?: Sent<C["body"]>;
}

/** A server-sent event; `id` is what a client that lost the connection names as the last that it has. */
export interface StreamedItem<Item> {
  readonly id?: string;
  readonly data: Item;
}

/** Bytes, and what they are. */
export interface StreamedBytes {
  /** All of them, or a range where `sizeBytes` is known. */
  content(range?: ByteRange): AsyncIterable<Uint8Array>;
  /** The name of the file that a browser saves them as. */
  readonly name: string;
  readonly sizeBytes?: number;
  /** Identifies the bytes: a download that was cut off is resumed only if this is the same. */
  readonly sha256?: string;
  /** A browser shows them as a page, shut off from everything else. */
  readonly isPage?: true;
  /** A browser plays them. */
  readonly mediaType?: `audio/${string}` | `video/${string}`;
}

/** Each item of a streamed reply. */
export type ItemOf<C extends RouteContract> = Reply<C["reply"]>;

/** The answer of a server to a call; the schema then drops what is not in it. */
export type ReplyOf<C extends RouteContract> = C["stream"] extends "events"
  ? AsyncIterable<StreamedItem<Reply<C["reply"]>>>
  : C["stream"] extends "bytes"
    ? StreamedBytes
    : C["reply"] extends z.ZodType
      ? Reply<C["reply"]>
      : // biome-ignore lint/suspicious/noConfusingVoidType: of a function that answers nothing, whatever its last call returns
        void;
