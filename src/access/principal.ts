import type { AccessLevel } from "./roles.ts";

/** The scope of a token: it may do at most this part of what its user may do. */
export interface TokenScope {
  readonly level: AccessLevel;
  /** Ids of the only projects that it reaches; absent: all that its user reaches. */
  readonly projects?: readonly string[];
}

/** The one who makes a call, as its credential proved. */
export type Principal =
  | {
      readonly kind: "user";
      /** Id of the user. */
      readonly id: string;
      /** The user's name; it never changes. */
      readonly name: string;
      /** Administrator of the server. */
      readonly isAdmin: boolean;
      /** Absent for a session of a browser, which may do whatever the user may. */
      readonly scope?: TokenScope;
      /** The credential that proved it. */
      readonly by: { readonly kind: "session" | "token"; readonly id: string };
    }
  /** A step that uses its own token: it asks and tells of its own execution, and of nothing else. */
  | {
      readonly kind: "execution";
      /** Id of the execution. */
      readonly id: string;
      /** Id of its project. */
      readonly project: string;
    }
  /** No credential, or none that is known. */
  | { readonly kind: "nobody" };
