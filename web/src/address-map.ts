/*
 * The addresses of the application, all in one place. A project stands under its owner and its name, as on the command
 * line; one of a folder has no owner and stands under `-`. Every object has one address, and its parts are named by
 * what follows `?`, so that a link shows a colleague the same thing.
 */

/** The rooms of a project, in the order of the side bar. Those without a page yet keep their address. */
export const ROOMS = [
  { name: "Home", path: "/p/$owner/$name", key: "h", isThere: true },
  { name: "Runs", path: "/p/$owner/$name/runs", key: "r", isThere: true },
  { name: "Pipelines", path: "/p/$owner/$name/pipelines", key: "p", isThere: true },
  { name: "Data", path: "/p/$owner/$name/data", key: "d", isThere: true },
  { name: "Features", path: "/p/$owner/$name/features", key: "f", isThere: false },
  { name: "Models", path: "/p/$owner/$name/models", key: "m", isThere: false },
  { name: "Deployments", path: "/p/$owner/$name/deployments", key: "y", isThere: false },
  { name: "Automation", path: "/p/$owner/$name/automation", key: "a", isThere: false },
  { name: "Settings", path: "/p/$owner/$name/settings", key: "s", isThere: true },
] as const;

export type RoomName = (typeof ROOMS)[number]["name"];

/** The name under which the API knows a project. */
export function projectRef({ owner, name }: { readonly owner: string; readonly name: string }): string {
  return owner === "-" ? name : `${owner}/${name}`;
}

/** The owner as an address has it. */
export function ownerInAddress(username: string): string {
  return username === "" ? "-" : username;
}
