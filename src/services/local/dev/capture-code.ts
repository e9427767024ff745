import { captureCode as captureWorkingTree } from "../../../snapshots/index.ts";
import { type EngineSetting, openRecorder } from "../../installation/assemble-engine.ts";
import { folderOf } from "../folder-of.ts";

/** Stores the project's code as it is now; returns the name of this version. */
export async function captureCode(setting: EngineSetting): Promise<string> {
  using recorder = await openRecorder(setting);
  const origin = { kind: "working-tree", root: folderOf(setting.project).root } as const;
  return (await captureWorkingTree(origin, recorder.places)).record.identifier;
}
