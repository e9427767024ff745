import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { HomeGarbageView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { GarbageRequest } from "../housekeeping/gc-request.ts";
import type { Variables } from "../installation/installation.ts";
import { localActor } from "../local/local-actor.ts";
import { homePlaces } from "./home-places.ts";
import { ServerHome } from "./server-home.ts";

export interface HomeGarbageOptions {
  readonly home: string;
  readonly env: Variables;
  readonly now: () => number;
  /** The id or name of the one project; absent: all. */
  readonly only?: string;
}

/** `headrace gc --home`: also while servers work in it. Throws HR_NOT_FOUND where the folder is no home. */
export async function collectHomeGarbage(
  request: GarbageRequest,
  { home, env, now, only }: HomeGarbageOptions,
): Promise<HomeGarbageView> {
  const folder = resolve(home);
  const { database } = homePlaces(folder, env);
  // Nothing is made: a mistyped folder would look as if there were nothing to remove.
  if (!existsSync(folder) || (database.file !== undefined && !existsSync(database.file)))
    throw new HeadraceError("HR_NOT_FOUND", `${folder} is no home: it has no records`, {
      hint: "name the folder that the server keeps its records in",
    });
  await using opened = await ServerHome.open({ folder, env, now, sandbox: "off" });
  const asker = { actor: localActor(), signal: new AbortController().signal };
  return await opened.clearUp(request, { ...asker, ...(only !== undefined && { only }) });
}
