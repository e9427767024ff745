import type { STORAGE } from "../../api/index.ts";
import type { Handlers } from "../call.ts";

/** The room that a project takes: what its services answer, as it is. */
export function storageRoutes(): Handlers<typeof STORAGE> {
  return {
    storage: async ({ open }) => (await open()).storage.usage(),
    garbage: async ({ open }) => (await open()).storage.garbage(),
    clearUp: async ({ open }) => (await open()).storage.clear(),
  };
}
