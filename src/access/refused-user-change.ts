import { HeadraceError } from "../errors.ts";

/**
 * The reason why a change of users was refused. `name-taken`: somebody has the name. `only-administrator`: the server
 * would be left without one. `identity-taken`: the account at the provider opens another user.
 */
export type UserRefusal = "name-taken" | "only-administrator" | "identity-taken";

/**
 * A change of users was refused, and nothing of it was written. Code that shows errors sees HR_CONFLICT as any other;
 * code that decides by it asks `why`.
 */
export class RefusedUserChange extends HeadraceError {
  readonly why: UserRefusal;

  constructor(why: UserRefusal, message: string, hint: string) {
    super("HR_CONFLICT", message, { hint });
    this.name = "RefusedUserChange";
    this.why = why;
  }
}
