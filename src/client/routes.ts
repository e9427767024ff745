import type { IncomingMessage } from "node:http";
import type { AskOf, ItemOf, ReplyOf, RouteContract } from "../api/index.ts";
import { retry } from "../concurrency/index.ts";
import { HeadraceError } from "../errors.ts";
import { readJson, requireSuccess } from "./answers.ts";
import { isPassing } from "./unreachable.ts";
import type { Wire } from "./wire.ts";

/** The pauses before a question is asked again if the connection was refused or broke. */
const AGAIN_MS: readonly number[] = [200, 800];

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /** Time after which a silent connection is given up, if the server is known to speak more often. */
  readonly silenceMs?: number;
}

/** The calls of one server, typed and checked by their contracts. */
export class Routes {
  readonly wire: Wire;
  /** Fills `:project` of paths. */
  readonly #project: string;

  constructor(wire: Wire, project = "") {
    this.wire = wire;
    this.#project = project;
  }

  get url(): string {
    return this.wire.connection.url;
  }

  /** The answer, held against its schema. Throws the server's refusal, HR_SERVER_UNREACHABLE or HR_SERVER_ANSWER. */
  async ask<C extends RouteContract>(
    contract: C,
    asked: AskOf<C> = {},
    options: CallOptions = {},
  ): Promise<ReplyOf<C>> {
    const answer = await this.open(contract, asked, options);
    if (contract.reply === undefined) {
      answer.resume();
      return undefined as ReplyOf<C>;
    }
    return this.checked(contract, await readJson(this.url, answer)) as ReplyOf<C>;
  }

  /** The answer to a call whose body is a stream; it is sent once. */
  async send<C extends RouteContract>(
    contract: C,
    {
      body,
      headers,
      asked = {},
    }: {
      readonly body: () => AsyncIterable<Uint8Array>;
      readonly headers: Readonly<Record<string, string>>;
      readonly asked?: AskOf<C>;
    },
  ): Promise<ReplyOf<C>> {
    const { method } = contract;
    const answer = await this.wire.send({ method, path: this.pathOf(contract, asked), headers, body: body() });
    await requireSuccess(this.url, answer);
    return this.checked(contract, await readJson(this.url, answer)) as ReplyOf<C>;
  }

  /**
   * The head of a successful answer. Where the connection fails, a question is asked again; so is a wish that makes
   * something, with the same key, by which the server knows that it is the same one.
   */
  async open<C extends RouteContract>(contract: C, asked: AskOf<C>, options: CallOptions): Promise<IncomingMessage> {
    const { method, access } = contract;
    const path = this.pathOf(contract, asked);
    const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
    const { headers, ...others } = options;
    const hasKey = method === "POST" && access !== "open";
    const request = {
      ...{ method, path, ...others },
      ...(body !== undefined && { body }),
      headers: {
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(hasKey && { "idempotency-key": crypto.randomUUID() }),
        ...headers,
      },
    };
    const mayRepeat = method === "GET" || hasKey;
    return await retry(
      async () => {
        const answer = await this.wire.send(request);
        await requireSuccess(this.url, answer);
        return answer;
      },
      {
        signal: options.signal,
        pauseMs: (error, failures) => (mayRepeat && isPassing(error) ? AGAIN_MS[failures - 1] : undefined),
      },
    );
  }

  /** Checks a server's answer against its contract. Fields that this version does not know are left out. */
  checked<C extends RouteContract>({ reply, summary }: C, answer: unknown): ItemOf<C> {
    const { success, data, error } = reply?.safeParse(answer) ?? { success: true, data: undefined };
    if (success) return data as ItemOf<C>;
    const [issue] = error?.issues ?? [];
    throw new HeadraceError(
      "HR_SERVER_ANSWER",
      `the server ${this.url} answers in a way that this version does not know (${lowerFirst(summary)})`,
      {
        hint: "compare the versions of both, and use the newer one here",
        details: issue === undefined ? [] : [`${issue.path.join(".") || "answer"}: ${issue.message}`],
      },
    );
  }

  pathOf<C extends RouteContract>({ path }: C, { params, query }: AskOf<C>): string {
    const given: Readonly<Record<string, unknown>> = { ...params, project: this.#project };
    const filled = path.replace(/:(\w+)/g, (_, name: string) => segment(String(given[name] ?? "")));
    const search = searchOf(query ?? {});
    return search === "" ? filled : `${filled}?${search}`;
  }
}

/** A name as a part of a path. The names `.` and `..` would change the path on the way, in proxies for example. */
function segment(value: string): string {
  if (value !== "" && value !== "." && value !== "..") return encodeURIComponent(value.toWellFormed());
  throw new HeadraceError("HR_USAGE", `“${value}” names nothing that a server has`, {
    hint: "give its number or its name",
  });
}

function searchOf(query: object): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query) as readonly [string, unknown][])
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== undefined) search.append(name, String(each));
  return search.toString();
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
