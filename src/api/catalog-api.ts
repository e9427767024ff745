import type {
  AliasMoveView,
  AliasView,
  AliasWish,
  DatasetVersionView,
  DatasetView,
  NewVersion,
  RollbackWish,
  VersionDiffView,
  VersionFileView,
} from "./catalog.ts";
import type { Page } from "./page.ts";
import type { PageRequest } from "./queries.ts";

/** Movable names: `best` of a stored file, `flights/reviewed` of a version of a dataset. Throws HR_NOT_FOUND. */
export interface AliasesApi {
  /** Those of files, or of the versions of a dataset; by name. */
  list(query: PageRequest & { readonly dataset?: string }): Promise<Page<AliasView>>;
  get(alias: string): Promise<AliasView>;
  /** Also of one that was taken away; the newest move first. */
  history(alias: string, page: PageRequest): Promise<Page<AliasMoveView>>;
  /** Throws HR_CONFLICT where it was moved since `after`. */
  move(alias: string, wish: AliasWish): Promise<AliasView>;
  /** Lets it stand for what it stood for before, as one more move. */
  rollBack(alias: string, wish: RollbackWish): Promise<AliasView>;
  remove(alias: string): Promise<void>;
}

/** Datasets, and their versions by a name, an alias or `latest`. Throws HR_NOT_FOUND. */
export interface DatasetsApi {
  /** By name. */
  list(page: PageRequest): Promise<Page<DatasetView>>;
  get(dataset: string): Promise<DatasetView>;
  /** The newest first. */
  versions(dataset: string, page: PageRequest): Promise<Page<DatasetVersionView>>;
  version(dataset: string, version: string): Promise<DatasetVersionView>;
  /** By name. */
  files(dataset: string, version: string, page: PageRequest): Promise<Page<VersionFileView>>;
  /** The changes from the version `since`, which may be `NAME/VERSION` of another dataset. */
  compare(dataset: string, version: string, query: PageRequest & { readonly since: string }): Promise<VersionDiffView>;
  /** Throws HR_CONFLICT where the name of the version is taken: versions never change. */
  create(dataset: string, version: NewVersion): Promise<DatasetVersionView>;
  /** Throws HR_CONFLICT where an alias stands for it. */
  remove(dataset: string, version: string): Promise<void>;
}
