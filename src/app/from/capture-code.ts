import { assembleEngine, type EngineSetting } from "../assemble-engine.ts";

/** Stores the project's code as it is now; returns the name of this version. Known as an engine meanwhile, as whoever stores files must be. */
export async function captureCode(setting: EngineSetting): Promise<string> {
  await using engine = await assembleEngine(setting, () => undefined);
  return (await engine.capture()).record.identifier;
}
