import { HeadraceError } from "../../errors.ts";

/**
 * Nothing was cleared up, since another process does or other records refer to the same files. For who asked it is
 * HR_CONFLICT like any other; housekeeping that nobody asked for is left out by it, and by no conflict of another kind.
 */
export class RefusedHousekeeping extends HeadraceError {
  constructor(message: string, hint: string) {
    super("HR_CONFLICT", message, { hint });
    this.name = "RefusedHousekeeping";
  }
}
