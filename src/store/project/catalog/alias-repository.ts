import type { Wish } from "../requests.ts";
import type { ProjectScope } from "../scope.ts";
import { aliasesOf, aliasHistory, getAlias, listAliases, moveAlias } from "./aliases.ts";
import type { AliasKey, AliasKind, AliasMove, AliasRecord, NamePage, WantedMove } from "./catalog-records.ts";

/** Movable names of stored files and of versions, each with every move that it has had. */
export interface AliasRepository {
  /** Also one that was taken away; undefined where there never was any. */
  get(key: AliasKey): Promise<AliasRecord | undefined>;
  /** Those that stand for something, by name. */
  list(of: Pick<AliasKey, "kind" | "owner">, page: NamePage): Promise<readonly AliasRecord[]>;
  /** Returns the names of the aliases of each of these ids that has any. */
  of(kind: AliasKind, targets: Iterable<string>): Promise<ReadonlyMap<string, readonly string[]>>;
  /** The newest first. */
  history(key: AliasKey, page: { readonly before?: number; readonly limit: number }): Promise<readonly AliasMove[]>;
  /** Throws HR_CONFLICT where it was moved since the wish was made. */
  move(key: AliasKey, move: WantedMove, wish: Wish): Promise<AliasRecord>;
}

export function aliasRepository({ database, project, change }: ProjectScope): AliasRepository {
  return {
    get: (key) => getAlias(database, project, key),
    list: (of, page) => listAliases(database, project, of, page),
    of: (kind, targets) => aliasesOf(database, project, kind, targets),
    history: (key, page) => aliasHistory(database, project, key, page),
    move: (key, move, wish) => change((open) => moveAlias(open, key, move, wish)),
  };
}
