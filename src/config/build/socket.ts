import type { Socket, SocketType } from "../model.ts";

export const SOCKET_TYPES: readonly SocketType[] = [
  "output",
  "input",
  "parameter",
  "metadata",
  "file",
  "environment-variable",
  "dependency",
  "deployment",
];

const PLURALS: Readonly<Record<string, SocketType>> = {
  outputs: "output",
  inputs: "input",
  parameters: "parameter",
  files: "file",
  "environment-variables": "environment-variable",
  dependencies: "dependency",
  deployments: "deployment",
};

export type SocketResult = { readonly socket: Socket } | { readonly parts: number } | { readonly unknownType: string };

/** Splits `node.type.key` at its first two dots, so that keys may hold dots; plural types are read as the singular. */
export function parseSocket(text: string): SocketResult {
  const first = text.indexOf(".");
  const second = first === -1 ? -1 : text.indexOf(".", first + 1);
  if (second === -1) return { parts: first === -1 ? 1 : 2 };
  const written = text.slice(first + 1, second);
  if (written === "best") return parseBest(text.slice(0, first), text.slice(second + 1));
  const type =
    SOCKET_TYPES.find((known) => known === written) ?? (Object.hasOwn(PLURALS, written) ? PLURALS[written] : undefined);
  if (type === undefined) return { unknownType: written };
  return { socket: { node: text.slice(0, first), type, key: text.slice(second + 1) } };
}

/**
 * `tune.best.output.model.pkl`: a value of the best execution of a task; the same socket without `best` stands for all.
 */
function parseBest(node: string, rest: string): SocketResult {
  if (rest.startsWith("best.")) return { unknownType: "best.best" };
  const result = parseSocket(`${node}.${rest}`);
  if ("parts" in result) return { parts: 2 };
  return "socket" in result ? { socket: { ...result.socket, best: true } } : result;
}

/** A socket as it is written. */
export function socketText({ node, type, key, best }: Socket): string {
  return `${node}.${best === true ? "best." : ""}${type}.${key}`;
}
