import { hostname } from "node:os";
import { identify, isAlive } from "./process-identity.ts";

/** Marks what this process has under way in shared folders; fits into a file name. */
export async function ownLabel(): Promise<string> {
  const { bootId, startTime } = (await identify(process.pid)) ?? { bootId: "-", startTime: "-" };
  return [hostname(), bootId, String(process.pid), startTime].map(encodeURIComponent).join("~");
}

/** Returns true if the process that a label names is dead for certain. */
export async function isDead(label: string): Promise<boolean> {
  const [host, bootId, pid, startTime] = label.split("~").map(decodeURIComponent);
  if (host !== hostname() || bootId === undefined || startTime === undefined || pid === undefined) return false;
  return !(await isAlive({ pid: Number(pid), bootId, startTime }));
}
