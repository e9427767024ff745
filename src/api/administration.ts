import * as z from "zod";
import { tokenSchema } from "./http/account.ts";
import { teamSchema } from "./http/teams.ts";
import { userSchema } from "./http/users.ts";
import { type Json, shape } from "./shape.ts";

/** The users, teams and tokens of a server's home, as `headrace user`, `team` and `token` print them. */
export const usersSchema = shape("Users", "Users of a server", {
  users: z.array(userSchema).describe("all of them, or the one that was changed"),
  password: z.string().nullable().describe("the one that was made for them, shown this once; `null`: none was made"),
});
export type UsersView = Json<typeof usersSchema>;

export const teamsSchema = shape("Teams", "Teams of a server", {
  teams: z.array(teamSchema).describe("all of them, as they are then"),
});
export type TeamsView = Json<typeof teamsSchema>;

export const tokensSchema = shape("Tokens", "Tokens of a user", {
  tokens: z.array(tokenSchema).describe("all of the user's, as they are then"),
  token: z.string().nullable().describe("the one that was made, shown this once; `null`: none was made"),
});
export type TokensView = Json<typeof tokensSchema>;
