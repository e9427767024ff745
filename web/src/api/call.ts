import type { ReplyOf, ROUTES } from "../../../src/api/index.ts";
import { Problem } from "./problem.ts";

/*
 * The HTTP API, typed by the contracts that the server validates with. Only their types are taken: the schemas
 * themselves would be the larger half of the application.
 */

type Contract = (typeof ROUTES)[keyof typeof ROUTES];
type Method = Contract["method"];

/** The addresses that take a method. */
export type PathOf<M extends Method> = Extract<Contract, { readonly method: M }>["path"];
type ContractAt<M extends Method, P extends string> = Extract<Contract, { readonly method: M; readonly path: P }>;

type Field<C, Name extends string> = C extends { readonly [N in Name]: infer Schema } ? Schema : undefined;
type Input<Schema> = Schema extends { readonly _zod: { readonly input: infer In } } ? In : never;
type Output<Schema> = Schema extends { readonly _zod: { readonly output: infer Out } } ? Out : never;

type Texts<P extends string> = P extends `${string}:${infer Name}/${infer Rest}`
  ? { readonly [K in Name]: string | number } & Texts<`/${Rest}`>
  : unknown;
type ParamsOf<P extends string> =
  unknown extends Texts<P> ? { readonly params?: undefined } : { readonly params: Texts<P> };
/** Fields with a default may be left out, whatever the type of the validated query says. */
type QueryOf<C> =
  Field<C, "query"> extends undefined
    ? { readonly query?: undefined }
    : { readonly query?: Partial<Output<Field<C, "query">>> };
type BodyOf<C> =
  Field<C, "body"> extends undefined ? { readonly body?: undefined } : { readonly body: Input<Field<C, "body">> };

export type Given<M extends Method, P extends string> = ParamsOf<P> &
  QueryOf<ContractAt<M, P>> &
  BodyOf<ContractAt<M, P>>;
export type Reply<M extends Method, P extends string> = ReplyOf<ContractAt<M, P>>;

interface AnyGiven {
  readonly params?: Readonly<Record<string, string | number>> | undefined;
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  readonly body?: unknown;
}

/** Makes a call, and throws a `Problem` where it is refused or the server cannot be reached. */
export async function call<M extends Method, P extends PathOf<M>>(
  method: M,
  path: P,
  given: Given<M, P>,
  signal?: AbortSignal,
): Promise<Reply<M, P>> {
  const { body } = given as AnyGiven;
  const response = await send(addressOf(path, given as AnyGiven), {
    method,
    headers: { accept: "application/json", ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  });
  return (response.status === 204 ? undefined : await response.json()) as Reply<M, P>;
}

/** Sends a request with the session's cookie. */
export async function send(address: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address, { credentials: "same-origin", ...init });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw Problem.unreachable(error);
  }
  if (!response.ok) throw await Problem.of(response);
  return response;
}

/** The address of a call: `/api/v0/projects/root%2Fflights/runs/?limit=50&states=error`. */
export function addressOf(path: string, { params = {}, query = {} }: AnyGiven): string {
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name] ?? "")));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const item of Array.isArray(value) ? value : [value])
      if (item !== undefined && item !== null) search.append(name, String(item));
  const text = search.toString();
  return text === "" ? filled : `${filled}?${text}`;
}
