import { HeadraceError } from "../../errors.ts";
import type { Shape } from "./shape.ts";

/** Makes a document of a version one of the next. */
export type Upgrade = (document: unknown) => unknown;

/** Longer ones differ mostly, and would hold memory. */
const KEPT_LENGTH = 1_000;

/**
 * A kind of JSON document in the database. Each row says in `v` which version its documents have; a program reads every
 * version up to its own, and writes its own alone. A new version adds the upgrade from the former one, whose documents
 * stay as they are.
 */
export class DocumentKind<T> {
  /** The name in messages. */
  readonly name: string;
  /** The version that is written now. */
  readonly version: number;
  readonly #shape: Shape<T>;
  readonly #upgrades: readonly Upgrade[];
  #last: { readonly v: number; readonly text: string; readonly document: T } | undefined;

  /** `upgrades`: from version 1 to 2, from 2 to 3 … */
  constructor(name: string, shape: Shape<T>, upgrades: readonly Upgrade[] = []) {
    this.name = name;
    this.version = upgrades.length + 1;
    this.#shape = shape;
    this.#upgrades = upgrades;
  }

  /**
   * As it would be written now. Throws HR_STORE_NEWER for a later version, HR_RECORD_DAMAGED for what is no such
   * document. The last one is kept: a thousand executions have the same command and environment.
   */
  read(v: number, text: string): T {
    if (this.#last?.text === text && this.#last.v === v) return this.#last.document;
    const document = this.#read(v, text);
    if (text.length <= KEPT_LENGTH) this.#last = { v, text, document };
    return document;
  }

  #read(v: number, text: string): T {
    if (v > this.version) throw newerDocument(this.name, v, this.version);
    let document = parse(this.name, text);
    for (const upgrade of this.#upgrades.slice(v - 1)) document = upgrade(document);
    const misfit = this.#shape(document);
    if (misfit !== undefined) throw damaged(this.name, `${this.name}${misfit}`);
    // The shape has seen it.
    return document as T;
  }
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damaged(name, error instanceof Error ? error.message : String(error));
  }
}

function newerDocument(name: string, v: number, known: number): HeadraceError {
  return new HeadraceError(
    "HR_STORE_NEWER",
    `the database holds a record (${name}) of version ${v}; this Headrace knows versions up to ${known}`,
    {
      hint: "use the newer Headrace again, or upgrade this one",
    },
  );
}

function damaged(name: string, what: string): HeadraceError {
  return new HeadraceError("HR_RECORD_DAMAGED", `the database holds a record (${name}) that cannot be read: ${what}`, {
    hint: ["restore the database from a backup; ", { do: "examine" }, " looks through its file"],
  });
}
