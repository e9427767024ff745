import type {
  ModelAliasView,
  ModelAliasWish,
  ModelDecisionRequest,
  ModelDifferenceView,
  ModelVersionDetailView,
  ModelVersionView,
  ModelView,
} from "./models.ts";
import type { Page } from "./page.ts";
import type { PageRequest } from "./queries.ts";

/** Models, and their versions by a number, an alias or `latest`. Throws HR_NOT_FOUND. */
export interface ModelsApi {
  /** By name. */
  list(page: PageRequest): Promise<Page<ModelView>>;
  get(model: string): Promise<ModelView>;
  /** The newest first. */
  versions(model: string, page: PageRequest): Promise<Page<ModelVersionView>>;
  version(model: string, version: string): Promise<ModelVersionDetailView>;
  /** Throws HR_CONFLICT where it is in that state, HR_USAGE where a reason is needed. */
  decide(model: string, version: string, request: ModelDecisionRequest): Promise<ModelVersionDetailView>;
  aliases(model: string): Promise<readonly ModelAliasView[]>;
  /** Throws HR_CONFLICT where it was moved since `after`, or the version is rejected. */
  moveAlias(model: string, alias: string, wish: ModelAliasWish): Promise<ModelAliasView>;
  /** The differences from the version `since`, which may be `NAME/3` of another model. */
  compare(model: string, version: string, query: { readonly since: string }): Promise<ModelDifferenceView>;
}
